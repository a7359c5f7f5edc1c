import AgentResources
import DequeModule
import Leases

/// The newest changes of holder as this replica applied them, as a value: bounded, in order, and honest about what it
/// does not have.
struct ChangeRing: Sendable {
    /// How many changes are kept.
    let limit: Int
    private(set) var changes: Deque<LeaseChange> = []
    /// Every change behind this is here; `nil` before anything was heard of the log.
    private(set) var start: WatchCursor?
    /// No change behind this was heard of.
    private(set) var end = WatchCursor(index: 0, offset: 0)

    init(limit: Int) { self.limit = limit }

    /// Takes one entry's changes and returns those that are new; `nil` when changes before them are missing.
    ///
    /// An entry heard of twice, as after a restart, is new once.
    mutating func append(_ entry: LeaseEvents) -> (changes: ArraySlice<LeaseChange>, gap: Bool) {
        let behind = WatchCursor(index: entry.index + 1, offset: 0)
        var gap = false
        if entry.gap || self.start == nil {
            // Without events it says that everything up to it is unknown here, otherwise everything before it.
            let known = entry.events.isEmpty ? behind : WatchCursor(index: entry.index, offset: 0)
            if self.start == nil || known > self.end {
                gap = self.start != nil
                self.changes = []
                self.start = known
                self.end = known
            }
        }
        guard behind > self.end else { return ([], gap) }
        self.end = behind
        var new: [LeaseChange] = []
        new.reserveCapacity(entry.events.count)
        for (offset, event) in entry.events.enumerated() {
            new.append(LeaseChange(event, cursor: WatchCursor(index: entry.index, offset: UInt32(offset) + 1)))
        }
        self.changes.append(contentsOf: new)
        while self.changes.count > self.limit {
            self.start = self.changes.removeFirst().cursor
        }
        return (new[...], gap)
    }

    /// What is known behind `query.after`, or behind the end when that is `nil`; `nil` when there is nothing to say yet.
    func answer(_ query: WatchQuery) -> WatchAnswer? {
        guard let start = self.start else { return nil }
        guard var after = query.after else { return nil }
        let gap = after < start
        after = max(after, start)
        var found: [LeaseChange] = []
        let limit = max(query.limit, 1)
        var index = self.place(behind: after)
        while index < self.changes.count, found.count < limit {
            if query.matches(self.changes[index]) { found.append(self.changes[index]) }
            index += 1
        }
        guard gap || !found.isEmpty else { return nil }
        let isAll = index >= self.changes.count
        return WatchAnswer(
            changes: found,
            cursor: isAll ? max(self.end, after) : self.changes[index - 1].cursor,
            gap: gap
        )
    }

    /// The place of the first change behind `cursor`.
    private func place(behind cursor: WatchCursor) -> Int {
        var low = 0
        var high = self.changes.count
        while low < high {
            let middle = (low + high) / 2
            if self.changes[middle].cursor <= cursor { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension WatchQuery {
    func matches(_ change: LeaseChange) -> Bool {
        change.key.model.utf8.elementsEqual(self.model.utf8)
            && self.namespace.map { $0.utf8.elementsEqual(change.key.namespace.utf8) } ?? true
            && change.key.name.utf8.starts(with: self.prefix.utf8)
    }
}

extension LeaseChange {
    init(_ event: LeaseEvent, cursor: WatchCursor) {
        switch event {
        case .claimed(let key, let holder, let token):
            self.init(kind: .claimed, key: key, holder: holder, token: token, cursor: cursor)
        case .expired(let key, let holder, let token):
            self.init(kind: .expired, key: key, holder: holder, token: token, cursor: cursor)
        case .revoked(let key, let holder, let token):
            self.init(kind: .revoked, key: key, holder: holder, token: token, cursor: cursor)
        }
    }
}
