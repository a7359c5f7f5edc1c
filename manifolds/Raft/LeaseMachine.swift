import Consensus
import Leases

/// The leases as Raft replicates them.
struct LeaseMachine: ReplicatedStateMachine {
    /// What one entry did.
    struct Output: Sendable {
        /// One an operation, in order; `nil` when the entry could not be read and so changed nothing anywhere.
        var results: [OperationResult]?
        var events: [LeaseEvent]
    }

    private(set) var state = LeaseState()

    mutating func apply(_ payload: [UInt8]) -> Output {
        guard let batch = try? LeaseBatch(decoding: payload) else { return Output(results: nil, events: []) }
        let (results, events) = self.state.apply(batch)
        return Output(results: results, events: events)
    }

    func encodedSnapshot() -> [UInt8] { self.state.encodedSnapshot() }

    mutating func restore(_ data: [UInt8]) throws { self.state = try LeaseState(decoding: data) }
}
