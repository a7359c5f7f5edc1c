/// Something that happened and that consensus must know.
package enum RaftCoreEvent: Sendable {
    /// `RaftCore.deadline` has come.
    case timeout
    /// A peer sent this. `from` is whom the connection belongs to, never what the message claims.
    case receive(Message, from: Server)
    /// New entries (commands and barriers), on the leader only. Their terms are set by the core.
    case submit([Entry])
    /// All entries up to here are safe on this node's disk.
    ///
    /// Must grow. Leave out reports of writes issued before a cut at or below them, and of all writes issued before an
    /// install: the node knows the order of its writes, the core does not.
    case persistedEntries(LogIndex)
    /// The snapshot of the last `installSnapshot` update is safe on this node's disk and the log is emptied.
    case persistedSnapshot(LogIndex)
    /// This node has stored a snapshot of its own state; entries before it (but for the trailing ones) are forgotten.
    ///
    /// `index` must be applied, at or below the last persisted entry, above the last snapshot, and at least 2.
    /// Of the entries before it, at most the last `trailing` are kept, and never more than the options say.
    case snapshotTaken(SnapshotMetadata, trailing: Int = .max)
    /// Hand leadership to `to`, or to the follower best able when `nil`. Submits are refused until it is done.
    case transfer(to: ServerID?)
}
