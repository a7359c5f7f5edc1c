/// How Raft runs in this agent; the same on all controllers.
package struct RaftOptions: Sendable, Hashable {
    /// A follower that hears nothing for one to two times this long stands for election.
    package var electionTimeout: Duration
    /// How often a leader without work says that it is there; more than the longest round trip plus a disk write.
    package var heartbeat: Duration
    /// Take a snapshot once so many entries were applied since the last one.
    package var snapshotThreshold: Int
    /// Or once the entries applied since then have so many bytes.
    package var snapshotBytes: Int
    /// Entries kept behind a snapshot, so that a follower a little behind needs no snapshot.
    package var trailingEntries: Int
    /// And at most so many bytes of them.
    package var trailingBytes: Int
    /// Operations in one entry at most; reads come beside them.
    package var batchOperations: Int
    /// Bytes of operations in one entry at most.
    package var batchBytes: Int
    /// Each durable write of entries takes at least this long: a fault for drills and measurements, else zero.
    package var appendDelay: Duration
    /// Ask whether an election could be won before disturbing a working leader.
    package var preVote: Bool
    /// How long a stop waits for another controller to take the leadership.
    package var handoverTimeout: Duration

    package init(
        electionTimeout: Duration = .milliseconds(400),
        heartbeat: Duration = .milliseconds(50),
        snapshotThreshold: Int = 8192,
        snapshotBytes: Int = 48 << 20,
        trailingEntries: Int = 1024,
        trailingBytes: Int = 16 << 20,
        batchOperations: Int = 4096,
        batchBytes: Int = 512 << 10,
        appendDelay: Duration = .zero,
        preVote: Bool = true,
        handoverTimeout: Duration = .seconds(1)
    ) {
        self.electionTimeout = electionTimeout
        self.heartbeat = heartbeat
        self.snapshotThreshold = snapshotThreshold
        self.snapshotBytes = snapshotBytes
        self.trailingEntries = trailingEntries
        self.trailingBytes = trailingBytes
        self.batchOperations = batchOperations
        self.batchBytes = batchBytes
        self.appendDelay = appendDelay
        self.preVote = preVote
        self.handoverTimeout = handoverTimeout
    }
}
