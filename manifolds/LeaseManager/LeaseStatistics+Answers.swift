import AgentResources
import Leases

extension LeaseStatistics {
    /// Counts what became of the operations of one call.
    mutating func count(_ answered: PendingRequests) {
        self.retries += UInt64(answered.retries)
        for slot in answered.slots {
            guard let kind = slot.kind, let outcome = slot.outcome else { continue }
            self[kind, Outcome(outcome)] += 1
        }
    }
}

extension LeaseStatistics.Kind {
    init(_ command: LeaseCommand) {
        switch command {
        case .claim: self = .claim
        case .extend: self = .extend
        case .revoke: self = .revoke
        case .pin: self = .pin
        case .unpin: self = .unpin
        case .resolve: self = .resolve
        }
    }
}

extension LeaseStatistics.Outcome {
    init(_ outcome: SubmissionOutcome) {
        switch outcome {
        case .applied(let result, _):
            switch result {
            case .held: self = .held
            case .notHeld, .expired, .invalid, .refused: self = .denied
            case .granted, .revoked, .revoking, .pinned, .resolved, nil: self = .applied
            }
        case .never(let refusal): self = refusal.reason == .overloaded ? .shed : .never
        case .unknown: self = .unknown
        }
    }
}
