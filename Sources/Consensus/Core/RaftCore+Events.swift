internal import CRaft

extension RaftCore {
    mutating func timeout() throws(RaftCoreError) -> RaftCoreUpdate {
        if self.isOn(.timerClamp), self.now < self.timer.earliest(heartbeat: self.options.heartbeatTimeout) {
            self.guardTrips.count(.timerClamp)
            return RaftCoreUpdate()
        }
        var event = raft_event()
        event.type = RAFT_TIMEOUT
        let update = try self.advance(&event, doing: "running the timer")
        self.timer.ran(at: self.now)
        return update
    }

    mutating func submit(_ entries: [Entry]) throws(RaftCoreError) -> RaftCoreUpdate {
        guard !entries.isEmpty, entries.count <= UInt32.max else { throw .badEvent("no entries to submit") }
        guard entries.allSatisfy({ $0.kind != .configuration }) else {
            throw .badEvent("the voters are fixed at bootstrap: a configuration cannot be submitted")
        }
        let term = self.term
        let stamped = entries.map { Entry(term: term, kind: $0.kind, payload: $0.payload) }
        let batch = try EntryBatch(stamped, configuration: [])
        defer { batch.freeArray() }
        var event = raft_event()
        event.type = RAFT_SUBMIT
        event.submit.entries = batch.first
        event.submit.n = UInt32(entries.count)
        var update = raft_update()
        let result = self.run(&event, &update)
        if result != 0 { batch.freeBytes() }
        try self.check(result, doing: "submitting entries")
        return self.collect(update, given: batch, snapshot: nil)
    }

    mutating func persistedEntries(_ index: LogIndex) throws(RaftCoreError) -> RaftCoreUpdate {
        guard index > self.marks.persisted, index <= self.lastIndex else {
            throw .badEvent(
                "entries up to \(index) were reported durable, after \(self.marks.persisted) of \(self.lastIndex)"
            )
        }
        guard self.marks.pendingInstall == nil else {
            throw .badEvent("entries up to \(index) were reported durable while a snapshot is being installed")
        }
        // A candidate has nothing left to write: the core would take this for corruption.
        guard self.role != .candidate else {
            throw .badEvent("entries up to \(index) were reported durable by a candidate")
        }
        var event = raft_event()
        event.type = RAFT_PERSISTED_ENTRIES
        event.persisted_entries.index = index
        self.marks.persisted = index
        return try self.advance(&event, doing: "noting durable entries")
    }

    mutating func persistedSnapshot(_ index: LogIndex) throws(RaftCoreError) -> RaftCoreUpdate {
        guard let pending = self.marks.pendingInstall, pending.index == index else {
            throw .badEvent("a snapshot at \(index) was reported durable that is not being installed")
        }
        var event = raft_event()
        event.type = RAFT_PERSISTED_SNAPSHOT
        event.persisted_snapshot.metadata = try pending.makeCoreMetadata()
        event.persisted_snapshot.last = true
        self.marks.pendingInstall = nil
        self.marks.persisted = index
        return try self.advance(&event, doing: "noting a durable snapshot")
    }

    mutating func snapshotTaken(
        _ metadata: SnapshotMetadata,
        _ trailing: Int
    ) throws(RaftCoreError) -> RaftCoreUpdate {
        guard metadata.index >= 2, metadata.index > self.marks.snapshotIndex else {
            throw .badEvent("a snapshot at \(metadata.index) is no newer than the one at \(self.marks.snapshotIndex)")
        }
        guard metadata.index <= self.marks.persisted, metadata.index <= self.commitIndex else {
            throw .badEvent(
                "a snapshot at \(metadata.index) is ahead of what is durable (\(self.marks.persisted)) and "
                    + "committed (\(self.commitIndex))"
            )
        }
        guard self.marks.pendingInstall == nil else {
            throw .badEvent("a snapshot was taken while another is being installed")
        }
        guard metadata.configuration == self.configuration, metadata.term > 0, metadata.term <= self.term else {
            throw .badEvent("a snapshot at \(metadata.index) names another configuration or a term to come")
        }
        var event = raft_event()
        event.type = RAFT_SNAPSHOT
        event.snapshot.metadata = try metadata.makeCoreMetadata()
        event.snapshot.trailing = UInt32(clamping: max(0, min(trailing, self.options.snapshotTrailing)))
        let update = try self.advance(&event, doing: "noting a snapshot")
        self.marks.snapshotIndex = metadata.index
        self.marks.snapshotTerm = metadata.term
        return update
    }

    mutating func transfer(to server: ServerID?) throws(RaftCoreError) -> RaftCoreUpdate {
        if let server, server.rawValue == 0 || server == self.server.id || self.configuration[server] == nil {
            throw RaftCoreError(
                .noSuchServer,
                "leadership cannot be handed to \(server)",
                remedy: "name another voter of this cluster"
            )
        }
        var event = raft_event()
        event.type = RAFT_TRANSFER
        event.transfer.server_id = server?.rawValue ?? 0
        return try self.advance(&event, doing: "handing leadership over")
    }

    /// A step that passes no entries and no snapshot.
    mutating func advance(_ event: inout raft_event, doing what: String) throws(RaftCoreError) -> RaftCoreUpdate {
        var update = raft_update()
        try self.check(self.run(&event, &update), doing: what)
        return self.collect(update, given: nil, snapshot: nil)
    }
}
