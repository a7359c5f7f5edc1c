import Consensus

/// The promises of consensus, checked with every step against what all controllers ever did.
struct ConsensusChecker {
    /// An entry of some log, ever; the same index and term must mean the same bytes and predecessor everywhere.
    private struct Known {
        var entry: Entry
        var previousTerm: Term
    }

    /// A committed entry, and the latest term it was certainly committed in.
    private struct Committed {
        var term: Term
        var committedIn: Term
    }

    private var leaders: [Term: ServerID] = [:]
    private var votes: [ServerID: (term: Term, vote: ServerID?)] = [:]
    private var known: [[Known]] = [[]]
    private var committed: [Committed] = [Committed(term: 0, committedIn: 0)]
    private var snapshots: [LogIndex: [UInt8]] = [:]

    /// Last index known to be committed by anyone.
    var commitIndex: LogIndex { LogIndex(self.committed.count - 1) }
    var elections: Int { self.leaders.count }

    /// A controller made this durable; it may not take a vote back, nor a term.
    mutating func saved(_ term: Term, _ vote: ServerID?, by server: ServerID) throws(Violation) {
        if let last = self.votes[server] {
            guard term >= last.term else { throw Violation("\(server) went back from term \(last.term) to \(term)") }
            if term == last.term, let before = last.vote, before != vote {
                throw Violation(
                    "\(server) voted twice in term \(term): for \(before), then \(vote?.description ?? "-")"
                )
            }
        }
        self.votes[server] = (term, vote)
    }

    /// A controller appended entries; `log` already has them.
    mutating func appended(_ entries: [Entry], at index: LogIndex, previousTerm: Term?) throws(Violation) {
        guard var previous = previousTerm ?? (index == 1 ? 0 : nil) else {
            throw Violation("entries at \(index) follow nothing")
        }
        for (offset, entry) in entries.enumerated() {
            let position = Int(index) + offset
            guard entry.term >= previous else { throw Violation("terms go down at \(position)") }
            while self.known.count <= position { self.known.append([]) }
            if let same = self.known[position].first(where: { $0.entry.term == entry.term }) {
                guard same.entry == entry else {
                    throw Violation("two different entries \(position) of term \(entry.term)")
                }
                guard same.previousTerm == previous else {
                    throw Violation("entry \(position) of term \(entry.term) follows different entries")
                }
            } else {
                self.known[position].append(Known(entry: entry, previousTerm: previous))
            }
            previous = entry.term
        }
    }

    /// A controller says everything up to `index` is committed; `termAt` is its own log.
    mutating func commits(
        from old: LogIndex,
        to index: LogIndex,
        in term: Term,
        by server: ServerID,
        termAt: (LogIndex) -> Term?
    ) throws(Violation) {
        guard index >= old else { throw Violation("commit index of \(server) went back from \(old) to \(index)") }
        guard index > old else { return }
        for position in (old + 1)...index {
            let entryTerm = termAt(position)
            if position < self.committed.count {
                let expected = self.committed[Int(position)].term
                guard entryTerm == nil || entryTerm == expected else {
                    throw Violation("\(server) commits \(position) with term \(entryTerm ?? 0), others \(expected)")
                }
            } else {
                guard let entryTerm else { throw Violation("\(server) commits \(position), which it does not have") }
                self.committed.append(Committed(term: entryTerm, committedIn: term))
            }
        }
    }

    /// A controller leads `term`: nobody else may, and it has all that was committed in earlier terms.
    mutating func leads(
        _ server: ServerID,
        term: Term,
        lastIndex: LogIndex,
        firstIndex: LogIndex,
        termAt: (LogIndex) -> Term?
    ) throws(Violation) {
        if let other = self.leaders[term] {
            guard other == server else { throw Violation("\(other) and \(server) both lead term \(term)") }
            return
        }
        self.leaders[term] = server
        var position = self.commitIndex
        while position >= firstIndex, position > 0 {
            let entry = self.committed[Int(position)]
            if entry.committedIn < term {
                guard position <= lastIndex, termAt(position) == entry.term else {
                    throw Violation("\(server) leads term \(term) without committed entry \(position)")
                }
            }
            position -= 1
        }
    }

    /// A controller applied the entry at `index`, which had `term` in its log.
    func applied(_ index: LogIndex, term: Term?, by server: ServerID) throws(Violation) {
        guard index <= self.commitIndex else { throw Violation("\(server) applied \(index), which nobody committed") }
        guard term == self.committed[Int(index)].term else {
            throw Violation("\(server) applied another entry \(index) than was committed")
        }
    }

    /// A controller's state at `index`, encoded: the same bytes on all.
    mutating func snapshot(_ data: [UInt8], at index: LogIndex, by server: ServerID) throws(Violation) {
        if let other = self.snapshots[index] {
            guard other == data else { throw Violation("snapshot \(index) of \(server) differs from another's") }
        } else {
            self.snapshots[index] = data
        }
    }

    /// A controller is going to install a snapshot.
    func installs(_ snapshot: Snapshot, by server: ServerID) throws(Violation) {
        guard snapshot.index <= self.commitIndex, snapshot.term == self.committed[Int(snapshot.index)].term else {
            throw Violation("\(server) installs a snapshot of \(snapshot.index), which was not committed so")
        }
        guard self.snapshots[snapshot.index] == snapshot.data else {
            throw Violation("the snapshot \(snapshot.index) that \(server) installs was changed on its way")
        }
    }
}
