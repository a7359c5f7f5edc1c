internal import DequeModule

/// The node's own copy of what its log store holds, or will hold once the queued writes are done.
///
/// Everything sent and applied is read from here, so nothing ever waits for the disk to be read.
package struct NodeLog: Sendable {
    /// The newest snapshot, taken or installed.
    package private(set) var snapshot: Snapshot?
    /// Index of the first entry still here; one past `lastIndex` when there is none.
    package private(set) var firstIndex: LogIndex
    private var entries: Deque<Entry>

    /// Index of the last entry, of the snapshot when no entry follows it, or 0.
    package var lastIndex: LogIndex { self.firstIndex + LogIndex(self.entries.count) - 1 }

    /// Takes over what the log store held, which consensus has checked.
    package init(_ state: DurableState) {
        self.snapshot = state.snapshot
        self.firstIndex = state.firstIndex
        self.entries = Deque(state.entries)
    }

    /// The entry at `index`, when it is still here.
    package func entry(at index: LogIndex) -> Entry? {
        guard index >= self.firstIndex, index <= self.lastIndex else { return nil }
        return self.entries[Int(index - self.firstIndex)]
    }

    /// The term of the entry at `index`, also when only the snapshot knows it.
    package func term(at index: LogIndex) -> Term? {
        if let snapshot, snapshot.index == index { return snapshot.term }
        return self.entry(at: index)?.term
    }

    /// Cuts the log from `index` on, then appends. `index` is at most one past the last.
    package mutating func append(at index: LogIndex, _ new: [Entry]) {
        precondition(index >= self.firstIndex && index <= self.lastIndex + 1, "appending must leave no gap")
        self.entries.removeLast(Int(self.lastIndex + 1 - index))
        self.entries.append(contentsOf: new)
    }

    /// Drops the whole log in favour of `snapshot`.
    package mutating func install(_ snapshot: Snapshot) {
        self.snapshot = snapshot
        self.entries.removeAll()
        self.firstIndex = snapshot.index + 1
    }

    /// Remembers a snapshot of the node's own machine and drops the entries before `index`.
    package mutating func compact(_ snapshot: Snapshot, keepingFrom index: LogIndex) {
        self.snapshot = snapshot
        guard index > self.firstIndex else { return }
        self.entries.removeFirst(Int(min(index, self.lastIndex + 1) - self.firstIndex))
        self.firstIndex = index
    }
}
