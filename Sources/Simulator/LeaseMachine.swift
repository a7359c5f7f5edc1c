package import Consensus
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

    package internal(set) var state = LeaseState()
    let sabotage: Sabotage?

    package init(sabotage: Sabotage? = nil) { self.sabotage = sabotage }

    package mutating func apply(_ payload: [UInt8], isAnswered: Bool) throws(UnknownFormat) -> Output {
        do {
            // With the results on every controller, so that they can be compared.
            let (results, events) =
                self.sabotage == nil
                ? try self.state.apply(entry: payload) : self.applySabotaged(try LeaseBatch(decoding: payload))
            return Output(results: results, events: events, globalTime: self.state.globalTime)
        } catch {
            if error.code == .unknownVersion || error.code == .unknownTag { throw UnknownFormat("\(error)") }
            return Output(results: [], events: [], globalTime: self.state.globalTime, isMalformed: true)
        }
    }

    package func encodedSnapshot() -> [UInt8] { self.state.encodedSnapshot() }

    package func restored(from data: [UInt8]) throws -> LeaseState { try LeaseState(decoding: data) }

    package mutating func restore(_ state: LeaseState) { self.state = state }
}
