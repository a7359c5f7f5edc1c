package import Leases

/// What a controller is in its cluster.
package enum RaftRole: String, Sendable, Hashable {
    case leader, follower, candidate, standby, unknown
}

/// One look at this controller's Raft, cheap and possibly already old.
package struct RaftStatus: Sendable, Hashable {
    package var id: UInt64
    package var role: RaftRole
    package var term: UInt64
    package var commitIndex: UInt64
    package var appliedIndex: UInt64
    /// Who leads, when known; this controller itself when `role` is leader.
    package var leader: Leader?
    /// True on a leader that has applied everything of earlier terms, so that it may serve.
    package var isServing: Bool

    package init(
        id: UInt64,
        role: RaftRole,
        term: UInt64,
        commitIndex: UInt64,
        appliedIndex: UInt64,
        leader: Leader?,
        isServing: Bool
    ) {
        self.id = id
        self.role = role
        self.term = term
        self.commitIndex = commitIndex
        self.appliedIndex = appliedIndex
        self.leader = leader
        self.isServing = isServing
    }
}

/// Events of one applied entry, in order; `gap` is true when earlier ones were dropped or a snapshot was installed.
package struct LeaseEvents: Sendable {
    package var index: UInt64
    package var events: [LeaseEvent]
    package var gap: Bool

    package init(index: UInt64, events: [LeaseEvent], gap: Bool) {
        self.index = index
        self.events = events
        self.gap = gap
    }
}

/// What the raft worker offers the rest of the agent. Thread-safe; every call works from any task.
package protocol Proposals: Sendable {
    /// The newest known status, without a hop.
    var status: RaftStatus { get }
    /// What was done so far. Cheap, from any thread.
    var statistics: RaftStatistics { get }
    /// Status now and at each change of role, term, leader or serving; only the newest is kept for a slow reader.
    func statusChanges() -> AsyncStream<RaftStatus>
    /// Runs `body` against the state as this replica has applied it, on the caller's thread.
    ///
    /// The state is behind one lock, which Raft holds while it applies an entry and waits for while `body` runs: keep it
    /// short, and copy the state for anything that is not. Once Raft has stopped the state stays as it was last.
    func read<Value>(_ body: (borrowing LeaseState) throws -> Value) rethrows -> Value
    /// The applied state's global time, without the lock; never ahead of the leader's.
    var globalTime: GlobalTime { get }
    /// Returns once this replica has applied `index`, or throws at the deadline (`Duration.sinceBoot()`).
    func applied(_ index: UInt64, deadline: Uptime) async throws
    /// Calls `body` with true once this replica has applied `index`, with false at the deadline or when Raft stops.
    ///
    /// Exactly once, before this returns or later, on any thread; `body` must not block.
    func whenApplied(_ index: UInt64, deadline: Uptime, _ body: @escaping @Sendable (Bool) -> Void)
    /// Lease events as this replica applies them; a slow reader loses the oldest and is told so by `gap`.
    ///
    /// The first element is such a gap: events up to its index may have gone by, none after it is missing.
    func events() -> AsyncStream<LeaseEvents>
    /// Asks the leader's clock to commit the passing of time although nothing else is queued; does nothing elsewhere.
    func tickClock()
}
