/// Cuts from an incoming message what this node's snapshot contains already.
///
/// Where the log has been compacted the core cannot tell entries it has from entries it lacks: a repeated first message
/// after a join (`previousIndex` 0) would be appended once more behind the log's end, others would be rejected for ever.
/// What a snapshot contains is committed, so a leader of this term or a later one has the very same entries.
enum CompactedPrefix {
    /// Whether the message has another entry where the snapshot ends. A snapshot is committed: one of the two is wrong.
    static func contradicts(
        _ message: AppendEntries,
        snapshotIndex: LogIndex,
        snapshotTerm: Term,
        ownTerm: Term
    ) -> Bool {
        guard message.term >= ownTerm, message.previousIndex < snapshotIndex else { return false }
        let offset = snapshotIndex - message.previousIndex - 1
        return offset < message.entries.count && message.entries[Int(offset)].term != snapshotTerm
    }

    static func cut(
        _ message: AppendEntries,
        snapshotIndex: LogIndex,
        snapshotTerm: Term,
        ownTerm: Term
    ) -> AppendEntries {
        guard message.term >= ownTerm, message.previousIndex < snapshotIndex else { return message }
        var message = message
        let covered = min(LogIndex(message.entries.count), snapshotIndex - message.previousIndex)
        message.fill(with: Array(message.entries.dropFirst(Int(covered))))
        message.previousIndex = snapshotIndex
        message.previousTerm = snapshotTerm
        return message
    }
}
