extension Node {
    /// A peer's message. Servers outside the configuration have no say.
    mutating func received(_ message: Message, from peer: ServerID, now: Milliseconds) {
        guard let server = self.core.configuration[peer], peer != self.server.id else { return }
        self.contacts[peer] = now
        if case .appendEntriesResult(let result) = message, result.rejected == 0 {
            self.transfers.acknowledged(by: peer, upTo: result.lastIndex)
        }
        self.step(.receive(message, from: server), now: now)
    }

    /// Everything up to `ticket` is durable: tells the core what of it still counts.
    mutating func written(_ ticket: WriteTicket, now: Milliseconds) {
        for report in self.writes.durable(upTo: ticket) {
            switch report {
            case .entries(let index):
                if index > self.core.persistedIndex { self.step(.persistedEntries(index), now: now) }
            case .snapshot(let index): self.installed(index, now: now)
            }
        }
    }

    private mutating func installed(_ index: LogIndex, now: Milliseconds) {
        guard let (snapshot, state) = self.installing, snapshot.index == index else { return }
        self.machine.restore(state)
        self.installing = nil
        self.bytesSinceSnapshot = 0
        self.appliedIndex = index
        self.configurationIndex = snapshot.configurationIndex
        self.actions.append(.restored(index))
        self.step(.persistedSnapshot(index), now: now)
        self.applyCommitted()
    }

    /// Puts a command into the log, if this node leads and there is room.
    mutating func propose(_ payload: [UInt8], tag: UInt64, now: Milliseconds) {
        if let refusal = self.refusal(of: payload) {
            self.actions.append(.proposalFailed(tag: tag, refusal))
            return
        }
        do {
            // The core sets the term: only it knows the one it will append in.
            let entry = Entry(term: self.core.term, kind: .command, payload: payload)
            let update = try self.core.step(.submit([entry]), now: now)
            self.proposals.append(index: self.core.lastIndex, tag: tag)
            self.absorb(update, now: now)
        } catch {
            if error.isFatal {
                self.actions.append(.proposalFailed(tag: tag, .unknown))
                self.halt("Consensus cannot go on: \(error)")
            } else {
                self.actions.append(.proposalFailed(tag: tag, .notLeader(self.core.leader)))
            }
        }
    }

    private func refusal(of payload: [UInt8]) -> ProposalFailure? {
        guard self.core.role == .leader else { return .notLeader(self.core.leader) }
        guard !self.isDraining, self.handover == nil else { return .draining }
        guard payload.count <= self.options.maximumProposalBytes else { return .tooLarge }
        // Peers may commit without this node's disk; one that hangs must not let its queue of writes grow for ever.
        let unsettled = self.log.lastIndex - min(self.core.commitIndex, self.core.persistedIndex)
        return unsettled < LogIndex(self.options.maximumUncommittedEntries) ? nil : .overloaded
    }
}
