extension Node {
    /// Completes what the core says is to be sent from the log, and sends it.
    mutating func send(_ message: Message, to peer: ServerID, now: Milliseconds) {
        switch message {
        case .appendEntries(let append): self.send(append, to: peer)
        case .installSnapshot(let install): self.send(install, to: peer, now: now)
        case .requestVote, .requestVoteResult, .appendEntriesResult, .timeoutNow:
            self.actions.append(.send(message, to: peer))
        }
    }

    /// Sends the entries the core names, in as many messages as their size needs: the core knows no byte limit.
    private mutating func send(_ append: AppendEntries, to peer: ServerID) {
        var slice = append
        var left = append.count
        repeat {
            let (entries, complete) = self.entries(after: slice.previousIndex, atMost: left)
            guard complete else {
                self.halt("Consensus asked for entry \(slice.previousIndex + 1), which the log does not have")
                return
            }
            slice.fill(with: entries)
            self.actions.append(.send(.appendEntries(slice), to: peer))
            left -= entries.count
            slice.previousIndex += LogIndex(entries.count)
            slice.previousTerm = entries.last?.term ?? slice.previousTerm
        } while left > 0
    }

    /// Up to `count` entries after `index` as far as one message may carry them; `complete` is false when one of them
    /// is not in the log.
    private func entries(after index: LogIndex, atMost count: Int) -> (entries: [Entry], complete: Bool) {
        var entries: [Entry] = []
        var bytes = 0
        while entries.count < min(count, self.options.maximumMessageEntries) {
            guard let entry = self.log.entry(at: index + 1 + LogIndex(entries.count)) else { return (entries, false) }
            bytes += entry.payload.count
            if bytes > self.options.maximumMessageBytes, !entries.isEmpty { break }
            entries.append(entry)
        }
        return (entries, true)
    }

    private mutating func send(_ install: InstallSnapshot, to peer: ServerID, now: Milliseconds) {
        guard let snapshot = self.log.snapshot, snapshot.index == install.snapshot.index else {
            self.halt("Consensus asked for the snapshot at \(install.snapshot.index), which is not the one kept")
            return
        }
        let expiry = now + self.options.snapshotTransferTimeout
        guard self.transfers.begin(to: peer, index: snapshot.index, now: now, expiry: expiry) else { return }
        var install = install
        install.snapshot = snapshot
        self.actions.append(.send(.installSnapshot(install), to: peer))
    }
}
