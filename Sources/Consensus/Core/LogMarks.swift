/// What the core's log looks like from outside: marks only, no entries.
struct LogMarks {
    /// The last index reported durable, or cut back since.
    var persisted: LogIndex = 0
    /// The last snapshot taken or installed, also one that is still being written.
    var snapshotIndex: LogIndex = 0
    var snapshotTerm: Term = 0
    /// A leader's snapshot that is being written.
    var pendingInstall: SnapshotMetadata?
    /// The highest commit index an update has told.
    var reportedCommit: LogIndex = 0
}
