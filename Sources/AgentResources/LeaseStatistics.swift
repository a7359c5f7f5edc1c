/// What a lease manager has done since it started: counters, but for those that say "now".
package struct LeaseStatistics: Sendable, Hashable {
    /// Kinds of operation, told apart in `operations`.
    package enum Kind: Int, Sendable, Hashable, CaseIterable {
        case claim, extend, revoke, pin, unpin, resolve
    }

    /// How an operation ended.
    package enum Outcome: Int, Sendable, Hashable, CaseIterable {
        /// The log answered as asked.
        case applied
        /// The log, or this controller's replica, answered that another holds the lease.
        case held
        /// The log answered no for any other reason.
        case denied
        /// Refused for load.
        case shed
        /// In no log, for any other reason.
        case never
        case unknown
    }

    package var calls: UInt64 = 0
    /// Calls not answered yet, now.
    package var openCalls = 0
    /// By kind and outcome; see `subscript`.
    package var operations = [UInt64](repeating: 0, count: Kind.allCases.count * Outcome.allCases.count)
    /// Claims answered "held" from this controller's replica, without the log.
    package var heldLocally: UInt64 = 0
    /// Operations refused here because the leader had said that it takes none of them just now.
    package var refusedAtDoor: UInt64 = 0
    /// Tries beyond an operation's first.
    package var retries: UInt64 = 0
    /// Reads asked of the leader, each for all who asked before it.
    package var barriers: UInt64 = 0
    /// Reads and look-ups those served.
    package var barrierReads: UInt64 = 0
    /// Those who wait for leases to be free, now.
    package var waiters = 0
    /// Leases they wait for, now.
    package var awaitedLeases = 0
    /// Waiters told that their lease is free.
    package var wakeUps: UInt64 = 0
    /// Those who watch, now.
    package var watchers = 0
    /// Changes of holder kept for them, now.
    package var keptChanges = 0

    package init() {}

    package subscript(kind: Kind, outcome: Outcome) -> UInt64 {
        get { self.operations[kind.rawValue * Outcome.allCases.count + outcome.rawValue] }
        set { self.operations[kind.rawValue * Outcome.allCases.count + outcome.rawValue] = newValue }
    }
}
