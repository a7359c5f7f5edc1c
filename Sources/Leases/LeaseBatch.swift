/// The payload of one log entry: the leader's clock and the operations sealed with it.
package struct LeaseBatch: Hashable, Sendable {
    /// The leader's proposed global time; the state takes the later of this and its own.
    package var clock: GlobalTime
    /// Applied in this order, after what is due at `clock` has expired.
    package var operations: [LeaseOperation]

    package init(clock: GlobalTime, operations: [LeaseOperation]) {
        self.clock = clock
        self.operations = operations
    }
}
