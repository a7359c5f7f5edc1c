/// How a controller takes part in consensus; the same on all controllers but for `seed`.
package struct RaftCoreOptions: Hashable, Sendable {
    /// A follower that hears nothing for one to two times this long stands for election.
    package var electionTimeout: Milliseconds
    /// How often a leader without work says that it is there. More than the longest round trip plus a disk write.
    package var heartbeatTimeout: Milliseconds
    /// How long a leader waits before it sends a snapshot again.
    package var installSnapshotTimeout: Milliseconds
    /// Ask whether an election could be won before disturbing a working leader.
    package var preVote: Bool
    /// Entries kept behind a snapshot, so that a follower a little behind needs no snapshot.
    package var snapshotTrailing: Int
    /// Entries sent to one follower and not yet acknowledged. It limits what one round trip can carry.
    package var inFlightEntries: Int
    /// Source of the random election timeouts; different on each controller.
    package var seed: UInt32
    /// Protections of the core; all, but in tests that show what one is for.
    package var guards: Guards

    package init(
        electionTimeout: Milliseconds = 400,
        heartbeatTimeout: Milliseconds = 50,
        installSnapshotTimeout: Milliseconds = 30_000,
        preVote: Bool = true,
        snapshotTrailing: Int = 1024,
        inFlightEntries: Int = 1024,
        seed: UInt32,
        guards: Guards = .all
    ) {
        self.electionTimeout = electionTimeout
        self.heartbeatTimeout = heartbeatTimeout
        self.installSnapshotTimeout = installSnapshotTimeout
        self.preVote = preVote
        self.snapshotTrailing = snapshotTrailing
        self.inFlightEntries = inFlightEntries
        self.seed = seed
        self.guards = guards
    }
}
