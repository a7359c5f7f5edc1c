import AgentResources
import Leases
import RPC

/// How leases and outcomes look on the wire.
enum LeaseJSON {
    /// The result of one command.
    static func result(_ outcome: SubmissionOutcome, of command: LeaseCommand) -> JSONObject {
        var result: JSONObject = ["lease": .string(command.key.name)]
        switch outcome {
        case .applied(let applied, _):
            Self.write(applied, of: command, to: &result)
        case .never(let refusal):
            result["outcome"] = refusal.reason == .overloaded ? "refused" : "never"
            Self.write(refusal, to: &result)
        case .unknown(let refusal):
            result["outcome"] = "unknown"
            Self.write(refusal, to: &result)
        }
        return result
    }

    private static func write(_ applied: OperationResult?, of command: LeaseCommand, to result: inout JSONObject) {
        switch applied {
        case .granted(let grant):
            result["outcome"] = "applied"
            Self.write(grant, to: &result)
        case .held(let grant):
            result["outcome"] = "held"
            Self.write(grant, to: &result)
        case .notHeld:
            result["outcome"] = "never"
            result["reason"] = "not-held"
        case .revoked where command.isForHolding:
            // It met a revoke that waited, and that has taken effect since.
            result["outcome"] = "never"
            result["reason"] = "not-held"
        case .revoking(let remaining) where command.isForHolding:
            // The holder keeps what it was promised and gets no more.
            result["outcome"] = "never"
            result["reason"] = "revoking"
            result["expires-in-ms"] = .int(Int64(clamping: remaining))
        case .revoked, nil:
            result["outcome"] = "applied"
        case .revoking(let remaining):
            // Free only once the holder's promised time has passed.
            result["outcome"] = "applied"
            result["expires-in-ms"] = .int(Int64(clamping: remaining))
        case .pinned(let isPinned):
            result["outcome"] = "applied"
            result["pinned"] = .bool(isPinned)
        case .expired:
            result["outcome"] = "never"
            result["reason"] = "expired"
        case .invalid(let rule):
            result["outcome"] = "never"
            result["reason"] = "invalid"
            result["message"] = .string(rule)
        case .refused(let reason):
            result["outcome"] = "refused"
            result["reason"] = "full"
            result["message"] = .string(reason)
        case .resolved(.applied(let applied)):
            Self.write(applied, of: command, to: &result)
        case .resolved(.never):
            result["outcome"] = "never"
        case .resolved(.forgotten):
            result["outcome"] = "unknown"
            result["reason"] = "forgotten"
        }
    }

    private static func write(_ refusal: Refusal, to result: inout JSONObject) {
        result["reason"] = .string(refusal.reason.rawValue)
        if let retry = refusal.retryAfterMilliseconds { result["retry-after-ms"] = .int(Int64(clamping: retry)) }
    }

    static func write(_ grant: Grant, to result: inout JSONObject) {
        result["holder"] = .string(grant.holder)
        result["token"] = .int(Int64(clamping: grant.token.rawValue))
        result["expires-in-ms"] = .int(Int64(clamping: grant.remainingMilliseconds))
    }

    /// A held lease in a list, with its whole key.
    static func listed(_ record: LeaseRecord) -> JSONValue {
        var entry: JSONObject = [
            "namespace": .string(record.key.namespace), "model": .string(record.key.model),
            "lease": .string(record.key.name),
        ]
        Self.write(record.grant, to: &entry)
        entry["pinned"] = .bool(record.isPinned)
        return .object(entry)
    }
}

extension LeaseCommand {
    /// Whether it asks to hold the lease: only a grant is a success then.
    fileprivate var isForHolding: Bool {
        switch self {
        case .claim, .extend: true
        case .revoke, .pin, .unpin, .resolve: false
        }
    }
}
