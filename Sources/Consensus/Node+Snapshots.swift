extension Node {
    /// Asks for a snapshot when enough was applied since the last one.
    ///
    /// Only up to what is on this node's own disk, although more may be applied: the core would otherwise forget
    /// entries whose writing it still waits for. Index 1 alone is not worth one and would confuse the core.
    mutating func requestSnapshot() {
        guard self.encoding == nil, self.installing == nil, self.appliedIndex >= 2 else { return }
        let last = self.log.snapshot?.index ?? 0
        guard self.appliedIndex > last, self.isWorthSnapshot(since: last),
            self.appliedIndex <= self.core.persistedIndex, !self.core.isInstallingSnapshot,
            let term = self.log.term(at: self.appliedIndex)
        else { return }
        self.encoding = SnapshotMetadata(
            index: self.appliedIndex,
            term: term,
            configuration: self.core.configuration,
            configurationIndex: self.configurationIndex
        )
        self.bytesSinceSnapshot = 0
        self.hasTakenSnapshot = true
        self.actions.append(.takeSnapshot(self.appliedIndex))
    }

    /// Whether so much was applied since the snapshot at `last` that the next one is due.
    ///
    /// A large state is not written again for a few small entries: what is written for snapshots stays in proportion to
    /// what is written for entries, and a log is no longer than the snapshot below it or `snapshotBytes`, but for the delay
    /// of the first.
    private func isWorthSnapshot(since last: LogIndex) -> Bool {
        let size = self.log.snapshot?.data.count ?? 0
        if self.bytesSinceSnapshot >= self.delayed(max(self.options.snapshotBytes, size)) { return true }
        let entries = Int(clamping: self.appliedIndex - last)
        // Entries without payload weigh too: the log in memory and its next reading grow by them.
        let weight = self.bytesSinceSnapshot + entries * Self.entryWeight
        return entries >= self.delayed(self.options.snapshotThreshold) && weight >= size / 4
    }

    /// What is waited for before the first snapshot; before the others as much as everybody waits for.
    private func delayed(_ amount: Int) -> Int {
        self.hasTakenSnapshot ? amount : amount + amount / 100 * self.options.snapshotDelayPercent
    }

    /// Bytes an entry costs besides its payload, about.
    private static var entryWeight: Int { 64 }

    /// How many entries behind a snapshot at `index` stay: as many as the options say, in entries and in bytes.
    private func trailing(behind index: LogIndex) -> Int {
        var count = 0
        var bytes = 0
        while count < self.options.core.snapshotTrailing, LogIndex(count) < index,
            let entry = self.log.entry(at: index - LogIndex(count))
        {
            bytes += entry.payload.count
            if bytes > self.options.trailingBytes { break }
            count += 1
        }
        return count
    }

    /// Keeps the encoded snapshot and forgets the entries it makes superfluous.
    mutating func snapshotEncoded(_ index: LogIndex, _ data: [UInt8], now: Milliseconds) {
        guard let metadata = self.encoding, metadata.index == index else { return }
        self.encoding = nil
        do {
            let trailing = self.trailing(behind: index)
            let update = try self.core.step(.snapshotTaken(metadata, trailing: trailing), now: now)
            let snapshot = Snapshot(
                index: metadata.index,
                term: metadata.term,
                configuration: metadata.configuration,
                configurationIndex: metadata.configurationIndex,
                data: data
            )
            // The core forgets exactly as much; this log may keep more, never less.
            let first = max(self.log.firstIndex, index - LogIndex(trailing) + 1)
            self.log.compact(snapshot, keepingFrom: first)
            self.actions.append(.write(.compact(snapshot, keepingFrom: first), self.writes.silent()))
            self.absorb(update, now: now)
        } catch {
            // A refusal leaves everything as it was, and a newer snapshot is asked for later.
            self.refusedEvents += 1
            if error.isFatal { self.halt("Consensus cannot go on: \(error)") }
        }
    }
}
