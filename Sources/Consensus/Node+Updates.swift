extension Node {
    /// Feeds the core and does what it says; an error that is not fatal changes nothing, any other ends the node.
    mutating func step(_ event: RaftCoreEvent, now: Milliseconds) {
        guard !self.isHalted else { return }
        do {
            let update = try self.core.step(event, now: now)
            self.absorb(update, now: now)
        } catch {
            self.refusedEvents += 1
            if error.isFatal { self.halt("Consensus cannot go on: \(error)") }
        }
    }

    /// Does what an update says, in the order that keeps it safe.
    mutating func absorb(_ update: RaftCoreUpdate, now: Milliseconds) {
        if let saved = update.termAndVote { self.actions.append(.saveTermAndVote(saved.term, saved.votedFor)) }
        if let new = update.entries { self.append(new) }
        if let snapshot = update.installSnapshot {
            guard let state = self.decoded(snapshot) else { return }
            self.encoding = nil
            self.installing = (snapshot, state)
            self.log.install(snapshot)
            self.actions.append(.write(.install(snapshot), self.writes.install(snapshot.index)))
        }
        for outgoing in update.messages { self.send(outgoing.message, to: outgoing.to, now: now) }
        self.noticeLeadership(now: now)
        if update.commitIndex != nil { self.applyCommitted() }
    }

    /// The state a leader's snapshot holds.
    ///
    /// Read before anything of it is written: one that cannot be read would otherwise replace a log that can be.
    private mutating func decoded(_ snapshot: Snapshot) -> Machine.Restored? {
        do {
            return try self.machine.restored(from: snapshot.data)
        } catch {
            self.halt(
                "The leader's snapshot at \(snapshot.index) cannot be read and was not installed: \(error)",
                mayPass: !(error is UnknownFormat)
            )
            return nil
        }
    }

    private mutating func append(_ new: RaftCoreUpdate.NewEntries) {
        guard new.at > self.appliedIndex else {
            self.halt("The leader's log contradicts entry \(new.at), which is applied here up to \(self.appliedIndex)")
            return
        }
        guard new.at >= self.log.firstIndex, new.at <= self.log.lastIndex + 1 else {
            self.halt("Consensus asked for entries at \(new.at) in a log that ends at \(self.log.lastIndex)")
            return
        }
        self.log.append(at: new.at, new.entries)
        let ticket = self.writes.append(at: new.at, last: self.log.lastIndex)
        self.actions.append(.write(.append(at: new.at, entries: new.entries), ticket))
    }

    /// Begins or ends a leadership of this node.
    ///
    /// Reads the core instead of trusting the update's flag: a leader can lose one term and win another between two
    /// looks, and the proposals of the first have an unknown fate all the same.
    private mutating func noticeLeadership(now: Milliseconds) {
        let leads = self.core.role == .leader
        if let leadership = self.leadership, !leads || leadership.term != self.core.term {
            self.leadership = nil
            self.transfers.removeAll()
            for tag in self.proposals.takeAll() { self.actions.append(.proposalFailed(tag: tag, .unknown)) }
        }
        if leads, self.leadership == nil {
            self.leadership = (self.core.term, self.log.lastIndex)
            // Elected although it is about to stop: a leader that refuses everything must not stay one.
            if self.isDraining { self.handOver(to: nil, now: now) }
        }
    }

    /// Applies what is committed and not yet applied, in order.
    ///
    /// May run ahead of this node's own disk: a quorum has the entries. Waits while a snapshot is being installed.
    mutating func applyCommitted() {
        guard self.installing == nil else { return }
        let commit = self.core.commitIndex
        while self.appliedIndex < commit, !self.isHalted {
            let index = self.appliedIndex + 1
            guard let entry = self.log.entry(at: index) else {
                self.halt("Entry \(index) is committed but not in the log, which has \(self.log.firstIndex) on")
                return
            }
            switch entry.kind {
            case .command:
                do {
                    let output = try self.machine.apply(entry.payload, isAnswered: self.proposals.has(index))
                    self.actions.append(.applied(index: index, tag: self.proposals.take(index), output))
                } catch {
                    self.halt("Entry \(index) cannot be read: \(error)", mayPass: false)
                    return
                }
            case .barrier: break
            case .configuration: self.configurationIndex = index
            }
            self.appliedIndex = index
            self.bytesSinceSnapshot += entry.payload.count
        }
    }
}
