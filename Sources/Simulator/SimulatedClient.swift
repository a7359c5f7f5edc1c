import Leases

/// A program that wants leases: one operation at a time, repeated with the same id until it knows the outcome or gives
/// up, and a belief about what it holds that follows the safe rule.
struct SimulatedClient {
    /// What it believes about a lease, on its own clock.
    struct Belief {
        var key: LeaseKey
        var until: UInt64
    }

    /// An operation whose outcome it does not know yet.
    struct Current {
        var operation: LeaseOperation
        /// When it first sent it, on its own clock: the safe rule counts from there.
        var firstSent: UInt64
        var attempts = 0
        /// Attempts that were answered *never*.
        var refusals = 0
        var target: Int
        /// What this asks about, when it is a resolve.
        var resolves: LeaseOperation?
    }

    let name: String
    let clock: SimulatedClock
    var current: Current?
    /// An operation whose outcome it gave up waiting for, to ask about next.
    var unresolved: LeaseOperation?
    var beliefs: [Belief] = []
    /// The newest global time it was told.
    var globalTime = GlobalTime.zero
    var operations: UInt64 = 0
    /// Counts what it waits for: an older wake-up is void.
    var wake = 0
}
