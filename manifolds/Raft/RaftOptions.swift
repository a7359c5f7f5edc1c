/// How Raft runs in this agent; the same on all controllers.
package struct RaftOptions: Sendable, Hashable {
    /// A follower that hears nothing for one to two times this long stands for election.
    package var electionTimeout: Duration
    /// How often a leader without work says that it is there; more than the longest round trip plus a disk write.
    package var heartbeat: Duration
    /// Take a snapshot once so many entries were applied since the last one.
    package var snapshotThreshold: Int
    /// Entries kept behind a snapshot, so that a follower a little behind needs no snapshot.
    package var trailingEntries: Int
    /// Ask whether an election could be won before disturbing a working leader.
    package var preVote: Bool
    /// How long a stop waits for another controller to take the leadership.
    package var handoverTimeout: Duration

    package init(
        electionTimeout: Duration = .milliseconds(400),
        heartbeat: Duration = .milliseconds(50),
        snapshotThreshold: Int = 8192,
        trailingEntries: Int = 1024,
        preVote: Bool = true,
        handoverTimeout: Duration = .seconds(1)
    ) {
        self.electionTimeout = electionTimeout
        self.heartbeat = heartbeat
        self.snapshotThreshold = snapshotThreshold
        self.trailingEntries = trailingEntries
        self.preVote = preVote
        self.handoverTimeout = handoverTimeout
    }
}
