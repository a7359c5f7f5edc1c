import HoldfastClient

/// The answer to a claim, extend, revoke or pin, as programs read it.
struct LeaseAnswer: Encodable {
    var lease: String
    var outcome: String
    var holder: String?
    var token: UInt64?
    var expiresIn: Int64?
    var reason: String?
    var retryAfter: Int64?
    var operation: String

    enum CodingKeys: String, CodingKey {
        case lease, outcome, holder, token, reason
        case expiresIn = "expires-in-ms"
        case retryAfter = "retry-after-ms"
        case operation = "operation-id"
    }

    init(_ result: LeaseResult) {
        self.lease = result.lease.name
        self.outcome = result.outcome.rawValue
        self.holder = result.holder
        self.token = result.token
        self.expiresIn = result.expiresIn.map(milliseconds)
        self.reason = result.error ?? result.reason
        self.retryAfter = result.retryAfter.map(milliseconds)
        self.operation = result.operation.text
    }

    /// One line for people; `done` says what was done when it was.
    func text(done: String) -> String {
        switch self.outcome {
        case LeaseOutcome.applied.rawValue:
            var line = "\(self.lease): \(done)"
            if let holder = self.holder { line += " \(holder)" }
            if let token = self.token { line += ", token \(token)" }
            if let left = self.expiresIn { line += ", \(seconds(left)) left" }
            return line
        case LeaseOutcome.held.rawValue:
            return "\(self.lease): held by \(self.holder ?? "another")"
                + (self.token.map { ", token \($0)" } ?? "") + (self.expiresIn.map { ", \(seconds($0)) left" } ?? "")
        case LeaseOutcome.refused.rawValue:
            return "\(self.lease): refused, the controllers have too much to do"
                + (self.retryAfter.map { "; try again in \(seconds($0))" } ?? "; try again later")
        case LeaseOutcome.unknown.rawValue:
            return "\(self.lease): outcome unknown; asking again is safe with --operation-id \(self.operation)"
        default:
            return "\(self.lease): not done (\(self.reason ?? "no reason given"))"
        }
    }
}

extension LeaseResult {
    /// What scripts go by.
    var exitStatus: Int32 {
        switch self.outcome {
        case .applied: ExitStatus.granted
        case .held: ExitStatus.held
        case .refused: ExitStatus.refused
        case .unknown: ExitStatus.unknown
        case .never: self.error == nil ? ExitStatus.failure : ExitStatus.usage
        }
    }
}

/// Whole milliseconds, rounded down: time left is never overstated.
func milliseconds(_ duration: Duration) -> Int64 {
    duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000
}

/// Seconds with one decimal, rounded down.
func seconds(_ milliseconds: Int64) -> String { "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100)s" }
