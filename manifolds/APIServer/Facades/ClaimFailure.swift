import AgentResources
import Leases
import RPC

extension RPCFailure {
    /// Juju's error for each way a claim can end without the lease; `nil` for a grant.
    ///
    /// - Parameter denied: code and text when another holds it.
    init?(claim outcome: SubmissionOutcome, denied: String) {
        switch outcome {
        case .applied(.granted(let grant), _):
            // A remembered grant may be over by now.
            guard grant.remainingMilliseconds == 0 else { return nil }
            self = .leaseTimeout
        case .applied(.held, _), .applied(.notHeld, _):
            self.init(code: denied, message: denied)
        case .applied(.invalid(let rule), _):
            self = .notValid(rule)
        case .applied(.expired, _):
            self = .deadlineExceeded
        case .applied(.refused, _):
            self = .leaseError("lease operation dropped", type: "lease-dropped")
        case .applied, .unknown:
            self = .leaseTimeout
        case .never(let refusal):
            switch refusal.reason {
            case .notLeader: self = .notLeader(refusal.leader)
            case .tryAgain, .stopping: self = .tryAgain(refusal.reason)
            case .deadlineExceeded: self = .deadlineExceeded
            case .overloaded, .abandoned: self = .leaseError("lease operation dropped", type: "lease-dropped")
            }
        }
    }

    private static let deadlineExceeded = RPCFailure(code: "deadline exceeded", message: "lease deadline exceeded")
    private static let leaseTimeout = RPCFailure.leaseError("lease operation timed out", type: "lease-timeout")

    /// Juju's error for what went wrong with a lease, told apart by `type`.
    static func leaseError(_ message: String, type: String) -> RPCFailure {
        var info = JSONObject()
        info["type"] = .string(type)
        return RPCFailure(code: "lease error", message: message, info: .object(info))
    }

    /// Juju's bulk answer: an error an item, or nothing.
    static func results(_ failures: [RPCFailure?]) -> JSONValue {
        ["results": .array(failures.map { .object($0.map(\.asItem) ?? JSONObject()) })]
    }
}
