internal import CRaft

extension RaftCore {
    /// Hands the durable state to the core, once.
    mutating func start(from durable: DurableState) throws(RaftCoreError) -> RaftCoreUpdate {
        let durable = durable.withoutObsoleteLog
        var term = durable.term
        var vote = durable.votedFor
        let isSoleVoter = SoleVoterTerm.applies(to: self.server.id, in: self.configuration)
        if self.isOn(.soleVoterTerm), isSoleVoter {
            term += 1
            vote = self.server.id
            self.guardTrips.count(.soleVoterTerm)
        }
        self.marks.persisted = durable.lastIndex
        self.marks.snapshotIndex = durable.snapshot?.index ?? 0
        self.marks.snapshotTerm = durable.snapshot?.term ?? 0

        var event = raft_event()
        event.type = RAFT_START
        event.start.term = term
        event.start.voted_for = vote?.rawValue ?? 0
        event.start.start_index = durable.firstIndex
        // The core frees array and bytes when it fails, and keeps neither when it succeeds.
        var batch: EntryBatch?
        if !durable.entries.isEmpty {
            let made = try EntryBatch(durable.entries, configuration: self.configurationBytes)
            event.start.entries = made.first
            event.start.n_entries = UInt32(durable.entries.count)
            batch = made
        }
        var update = raft_update()
        let result: Int32
        if let snapshot = durable.snapshot {
            var metadata = try SnapshotMetadata(snapshot).makeCoreMetadata()
            result = withUnsafeMutablePointer(to: &metadata) { pointer in
                event.start.metadata = pointer
                return self.run(&event, &update)
            }
        } else {
            result = self.run(&event, &update)
        }
        try self.check(result, doing: "starting")
        batch?.freeArray()
        batch?.freeBytes()
        var collected = self.collect(update, given: nil, snapshot: nil)
        if term != durable.term || vote != durable.votedFor {
            collected.termAndVote = RaftCoreUpdate.TermAndVote(term: self.term, votedFor: self.votedFor)
        }
        self.timer.update(role: self.role, now: self.now)
        return collected
    }

    /// One step of the core. On a result other than 0 the update must not be looked at.
    func run(_ event: inout raft_event, _ update: inout raft_update) -> Int32 {
        event.time = self.now
        return raft_step(self.handle.core, &event, &update)
    }

    func check(_ result: Int32, doing what: String) throws(RaftCoreError) {
        guard result == 0 else {
            throw RaftCoreError(coreResult: result, detail: self.handle.detail, doing: what)
        }
    }
}

extension SnapshotMetadata {
    /// The metadata as the core wants it; its configuration is the core's to free once handed over.
    func makeCoreMetadata() throws(RaftCoreError) -> raft_snapshot_metadata {
        var metadata = raft_snapshot_metadata()
        metadata.index = self.index
        metadata.term = self.term
        metadata.configuration = try self.configuration.makeCoreConfiguration()
        metadata.configuration_index = self.configurationIndex
        return metadata
    }
}
