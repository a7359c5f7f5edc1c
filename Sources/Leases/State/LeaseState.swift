/// The replicated lease state machine: what every controller knows after the same log entries.
///
/// A pure value without clock or randomness; a copy is cheap and may be read or encoded elsewhere. The rules:
///
/// - Global time is the later of its own and the batch's clock. A grant at time `t` for `d` ms ends at `t + d` and may
///   be taken away only when global time is *later* than that: the clock is cut to whole milliseconds, and so a lease
///   lasts at least what was granted.
/// - In a batch, leases whose time has passed expire first, in order of (end, token) and at most
///   `LeaseLimits.expiriesPerBatch`; then the operations apply in order. A lease not yet expired is still held.
/// - A new grant gets the next fencing token; an extension or a repeated claim by the holder keeps its token and never
///   shortens its time.
/// - A pinned lease does not expire, unless an operator's revoke waits for its time to pass.
package struct LeaseState: Sendable {
    package internal(set) var globalTime: GlobalTime = .zero
    /// Of the newest grant; 0 before the first.
    package internal(set) var lastToken = FencingToken(0)
    var table = LeaseTable()
    var results = RememberedResults()

    /// The state before the first log entry.
    package init() {}
}
