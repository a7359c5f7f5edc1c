import Consensus
package import Leases

/// The lease state as the replicated machine of a simulated controller, with the codec of real batches.
package struct LeaseMachine: ReplicatedStateMachine {
    /// What one batch brought about; the same on every replica.
    package struct Output: Hashable, Sendable {
        package var results: [OperationResult]
        package var events: [LeaseEvent]
        /// The state's global time after the batch.
        package var globalTime: GlobalTime
        /// The payload was no batch.
        package var isMalformed = false
    }

    package private(set) var state = LeaseState()
    /// Sabotage: gives each operation another id every time it comes, so that no result is ever remembered.
    private let forgetsResults: Bool

    package init(forgetsResults: Bool = false) { self.forgetsResults = forgetsResults }

    package mutating func apply(_ payload: [UInt8]) -> Output {
        do {
            var batch = try LeaseBatch(decoding: payload)
            if self.forgetsResults {
                for index in batch.operations.indices {
                    batch.operations[index].id.high += batch.clock.milliseconds << 16
                }
            }
            let (results, events) = self.state.apply(batch)
            return Output(results: results, events: events, globalTime: self.state.globalTime)
        } catch {
            return Output(results: [], events: [], globalTime: self.state.globalTime, isMalformed: true)
        }
    }

    package func encodedSnapshot() -> [UInt8] { self.state.encodedSnapshot() }

    package mutating func restore(_ data: [UInt8]) throws { self.state = try LeaseState(decoding: data) }
}
