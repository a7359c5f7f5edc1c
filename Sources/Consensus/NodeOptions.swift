/// What can be set about a node; the defaults suit controllers in one data centre.
package struct NodeOptions: Sendable {
    package var core: RaftCoreOptions
    /// Take a snapshot once so many entries were applied since the last one, if they weigh a quarter of it.
    package var snapshotThreshold: Int
    /// Or once the payloads applied since then have so many bytes, and as many as it has.
    package var snapshotBytes: Int
    /// How much later than that this node takes its first snapshot, in percent of it, and so all that follow: nodes that
    /// apply the same entries would all be busy with theirs at the same moment, and nobody left to commit.
    package var snapshotDelayPercent: Int
    /// Of the entries kept behind a snapshot (`core.snapshotTrailing`) keep only the last so many bytes.
    package var trailingBytes: Int
    /// Refuse proposals while so many entries are not committed, or not on this node's own disk. libraft's leader scans all of them at each report of
    /// its own disk, 0.5 ms at 100,000.
    package var maximumUncommittedEntries: Int
    /// Refuse larger proposals, in bytes.
    package var maximumProposalBytes: Int
    /// Split an outgoing `appendEntries` once its payloads reach so many bytes; one entry is always sent.
    package var maximumMessageBytes: Int
    /// Split an outgoing `appendEntries` at so many entries.
    package var maximumMessageEntries: Int
    /// How soon the core may ask again for a snapshot that a peer did not acknowledge, in milliseconds. Becomes the
    /// core's `installSnapshotTimeout`: the node itself keeps a running transfer from being repeated, so this need not
    /// be longer than the longest transfer, and a lost one must not keep a peer out for long.
    package var snapshotRetry: Milliseconds {
        get { self.core.installSnapshotTimeout }
        set { self.core.installSnapshotTimeout = newValue }
    }
    /// How long a delivered snapshot may take to be acknowledged before it may be sent again, in milliseconds.
    package var snapshotAnswerTimeout: Milliseconds
    /// How long one snapshot transfer may take if the shell never says that it ended, in milliseconds.
    package var snapshotTransferTimeout: Milliseconds
    /// How long a transfer of leadership waits for a peer to have the whole log, in milliseconds.
    package var transferTimeout: Milliseconds

    package init(
        core: RaftCoreOptions,
        snapshotThreshold: Int = 8192,
        snapshotBytes: Int = 48 << 20,
        snapshotDelayPercent: Int = 0,
        trailingBytes: Int = 16 << 20,
        maximumUncommittedEntries: Int = 2048,
        maximumProposalBytes: Int = 4 << 20,
        maximumMessageBytes: Int = 1 << 20,
        maximumMessageEntries: Int = 256,
        snapshotRetry: Milliseconds = 1000,
        snapshotAnswerTimeout: Milliseconds = 5000,
        snapshotTransferTimeout: Milliseconds = 60000,
        transferTimeout: Milliseconds = 2000
    ) {
        self.core = core
        self.core.installSnapshotTimeout = snapshotRetry
        self.snapshotThreshold = snapshotThreshold
        self.snapshotBytes = snapshotBytes
        self.snapshotDelayPercent = snapshotDelayPercent
        self.trailingBytes = trailingBytes
        self.maximumUncommittedEntries = maximumUncommittedEntries
        self.maximumProposalBytes = maximumProposalBytes
        self.maximumMessageBytes = maximumMessageBytes
        self.maximumMessageEntries = maximumMessageEntries
        self.snapshotAnswerTimeout = snapshotAnswerTimeout
        self.snapshotTransferTimeout = snapshotTransferTimeout
        self.transferTimeout = transferTimeout
    }
}
