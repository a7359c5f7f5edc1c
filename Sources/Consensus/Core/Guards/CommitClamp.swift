/// Keeps the commit index from going back.
///
/// The core takes the smaller of the leader's commit index and the last entry of the message, without looking at what it
/// has committed already: a delayed or repeated message that ends below that, with a leader's commit above it, would take
/// the commit index back.
enum CommitClamp {
    /// The leader's commit index as the core may see it: 0, which changes nothing, when it would do harm.
    static func clamped(_ message: AppendEntries, ownCommit: LogIndex) -> LogIndex {
        let end = message.previousIndex + LogIndex(message.entries.count)
        return end < ownCommit && message.leaderCommit > ownCommit ? 0 : message.leaderCommit
    }
}
