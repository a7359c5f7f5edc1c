internal import CRaft

/// The bits of an update; the library's own are macros that cannot be used from Swift.
private enum Flag {
    static let termOrVote: UInt32 = 1 << 0 | 1 << 1
    static let entries: UInt32 = 1 << 2
    static let snapshot: UInt32 = 1 << 3
    static let messages: UInt32 = 1 << 4
    static let state: UInt32 = 1 << 5
    static let commitIndex: UInt32 = 1 << 6
}

extension RaftCore {
    /// Turns an update into Swift values and frees what it hands over.
    ///
    /// `given` and `snapshot` are what went into the step: the core returns positions, the values come from there.
    mutating func collect(_ update: raft_update, given: EntryBatch?, snapshot: Snapshot?) -> RaftCoreUpdate {
        var result = RaftCoreUpdate()
        if update.flags & Flag.termOrVote != 0 {
            result.termAndVote = RaftCoreUpdate.TermAndVote(term: self.term, votedFor: self.votedFor)
        }
        if update.flags & Flag.entries != 0 {
            result.entries = self.collectEntries(update, given: given)
        }
        if update.flags & Flag.snapshot != 0 {
            result.installSnapshot = self.collectSnapshot(update, given: snapshot)
        }
        if update.flags & Flag.messages != 0 {
            result.messages = UnsafeBufferPointer(start: update.messages.batch, count: Int(update.messages.n))
                .compactMap { RaftCoreUpdate.Outgoing($0) }
        }
        result.roleChanged = update.flags & Flag.state != 0
        if update.flags & Flag.commitIndex != 0 {
            result.commitIndex = self.collectCommitIndex()
        }
        return result
    }

    private mutating func collectEntries(
        _ update: raft_update,
        given: EntryBatch?
    ) -> RaftCoreUpdate.NewEntries? {
        guard let batch = update.entries.batch, update.entries.n > 0 else { return nil }
        let count = Int(update.entries.n)
        self.marks.persisted = min(self.marks.persisted, update.entries.index - 1)
        // The array is ours or the core's own and stays; what its entries point to is ours to free, once.
        defer { raft_free(batch[0].batch) }
        let entries =
            given?.slice(from: batch, count: count)
            // Not what went in: the barrier of a new leader. It has no content.
            ?? (0..<count).map { Entry(term: batch[$0].term, kind: .barrier, payload: []) }
        return RaftCoreUpdate.NewEntries(at: update.entries.index, entries: entries)
    }

    private mutating func collectSnapshot(_ update: raft_update, given: Snapshot?) -> Snapshot? {
        var metadata = update.snapshot.metadata
        raft_configuration_close(&metadata.configuration)
        raft_free(update.snapshot.chunk.base)
        guard let snapshot = given else { return nil }
        self.marks.pendingInstall = SnapshotMetadata(snapshot)
        self.marks.snapshotIndex = snapshot.index
        self.marks.snapshotTerm = snapshot.term
        self.marks.persisted = 0
        return snapshot
    }

    /// Commits that come while a snapshot is being installed are told when that is done: there is nothing to apply yet.
    private mutating func collectCommitIndex() -> LogIndex? {
        let index = self.handle.commitIndex
        guard self.isOn(.commitClamp) else { return index }
        guard self.marks.pendingInstall == nil, index > self.marks.reportedCommit else { return nil }
        self.marks.reportedCommit = index
        return index
    }
}
