internal import CRaft

extension RaftCore {
    /// Takes a leader's entries or heartbeat.
    mutating func receive(
        _ message: AppendEntries,
        from sender: ServerID
    ) throws(RaftCoreError) -> RaftCoreUpdate {
        let isStale = message.term < self.term
        var message = message
        if self.isOn(.compactedPrefix) { message = try self.cutCompacted(message) }
        if self.isOn(.commitClamp) {
            let clamped = CommitClamp.clamped(message, ownCommit: self.commitIndex)
            if clamped != message.leaderCommit { self.guardTrips.count(.commitClamp) }
            message.leaderCommit = clamped
        }
        var incoming = self.incoming(RAFT_APPEND_ENTRIES, from: sender)
        incoming.append_entries.version = message.version
        incoming.append_entries.term = message.term
        incoming.append_entries.prev_log_index = message.previousIndex
        incoming.append_entries.prev_log_term = message.previousTerm
        incoming.append_entries.leader_commit = message.leaderCommit
        var batch: EntryBatch?
        if !message.entries.isEmpty {
            // What the entries point to is freed by the core, unless it hands them back to be stored.
            let made = try EntryBatch(
                message.entries,
                configuration: message.previousIndex == 0 ? self.configurationBytes : []
            )
            incoming.append_entries.entries = made.first
            incoming.append_entries.n_entries = UInt32(message.entries.count)
            batch = made
        }
        defer { batch?.freeArray() }
        var step = raft_update()
        try self.check(self.run(&incoming, &step), doing: "taking entries from controller \(sender)")
        var update = self.collect(step, given: batch, snapshot: nil)
        if isStale, self.isOn(.staleTermReply), StaleTermReply.correct(&update.messages) {
            self.guardTrips.count(.staleTermReply)
        }
        return update
    }

    private mutating func cutCompacted(_ message: AppendEntries) throws(RaftCoreError) -> AppendEntries {
        let index = self.marks.snapshotIndex
        let term = self.marks.snapshotTerm
        guard
            !CompactedPrefix.contradicts(message, snapshotIndex: index, snapshotTerm: term, ownTerm: self.term)
        else {
            self.guardTrips.count(.compactedPrefix)
            throw RaftCoreError(coreResult: Int32(RAFT_SHUTDOWN), detail: "", doing: "comparing with the snapshot")
        }
        let cut = CompactedPrefix.cut(message, snapshotIndex: index, snapshotTerm: term, ownTerm: self.term)
        if cut.previousIndex != message.previousIndex { self.guardTrips.count(.compactedPrefix) }
        return cut
    }

    /// Takes a leader's snapshot.
    mutating func receive(
        _ message: InstallSnapshot,
        from sender: ServerID
    ) throws(RaftCoreError) -> RaftCoreUpdate {
        let isStale = message.term < self.term
        let isLeaked = DoubleInstall.isLeaked(
            message,
            isInstalling: self.marks.pendingInstall != nil,
            ownTerm: self.term
        )
        let committed = self.commitIndex
        // The core never looks at the data: it gets one byte in its place.
        guard let token = raft_malloc(1) else {
            throw RaftCoreError(coreResult: Int32(RAFT_NOMEM), detail: "", doing: "taking a snapshot")
        }
        var configuration = try self.configuration.makeCoreConfiguration()
        var incoming = self.incoming(RAFT_INSTALL_SNAPSHOT, from: sender)
        incoming.install_snapshot.version = message.version
        incoming.install_snapshot.term = message.term
        incoming.install_snapshot.last_index = message.snapshot.index
        incoming.install_snapshot.last_term = message.snapshot.term
        incoming.install_snapshot.conf = configuration
        incoming.install_snapshot.conf_index = message.snapshot.configurationIndex
        incoming.install_snapshot.data.base = token
        incoming.install_snapshot.data.len = 1
        var step = raft_update()
        try self.check(self.run(&incoming, &step), doing: "taking a snapshot from controller \(sender)")
        if isLeaked, self.isOn(.doubleInstall) {
            self.guardTrips.count(.doubleInstall)
            raft_free(token)
            raft_configuration_close(&configuration)
        }
        var update = self.collect(step, given: nil, snapshot: message.snapshot)
        if isStale, self.isOn(.staleTermReply), StaleTermReply.correct(&update.messages) {
            self.guardTrips.count(.staleTermReply)
        }
        if let snapshot = update.installSnapshot, snapshot.index <= committed {
            throw RaftCoreError(coreResult: Int32(RAFT_SHUTDOWN), detail: "", doing: "taking a snapshot")
        }
        return update
    }
}
