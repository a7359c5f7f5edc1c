/// The payload of one log entry: the leader's clock and the operations sealed with it.
package struct LeaseBatch: Hashable, Sendable {
    /// The leader's proposed global time; the state takes the later of this and its own.
    package var clock: GlobalTime
    /// By how much extensions are made longer than asked for, in percent, so that their holders come back later; 100 is
    /// not at all. The leases of the controllers are never stretched, and none beyond `LeaseLimits.longest`.
    package var stretchPercent: Int
    /// Applied in this order, after what is due at `clock` has expired.
    package var operations: [LeaseOperation]

    package init(clock: GlobalTime, stretchPercent: Int = 100, operations: [LeaseOperation]) {
        self.clock = clock
        self.stretchPercent = stretchPercent
        self.operations = operations
    }
}
