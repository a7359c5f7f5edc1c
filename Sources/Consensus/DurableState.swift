/// All a controller knows after a restart: what its log store held.
package struct DurableState: Hashable, Sendable {
    package var term: Term
    /// The vote given in `term`; `nil` when none was.
    package var votedFor: ServerID?
    package var snapshot: Snapshot?
    /// Index of `entries.first`; at most `snapshot.index + 1`, exactly that when there are no entries.
    package var firstIndex: LogIndex
    package var entries: [Entry]

    package init(term: Term, votedFor: ServerID?, snapshot: Snapshot?, firstIndex: LogIndex, entries: [Entry]) {
        self.term = term
        self.votedFor = votedFor
        self.snapshot = snapshot
        self.firstIndex = firstIndex
        self.entries = entries
    }
}

/// One change of the log store, carried out whole or not at all, in the order given.
package enum LogWrite: Hashable, Sendable {
    /// Cut the log from `at` on, then append `entries` there. A plain append has `at` one past the last index.
    case append(at: LogIndex, entries: [Entry])
    /// The snapshot replaces an older one and the whole log is dropped: a leader's snapshot was installed.
    case install(Snapshot)
    /// The snapshot replaces an older one; entries before `keepingFrom` may go: this node took it itself.
    case compact(Snapshot, keepingFrom: LogIndex)
}
