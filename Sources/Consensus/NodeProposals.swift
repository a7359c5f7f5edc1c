internal import DequeModule

/// The proposals of this node's present leadership that are in its log and not yet applied, by index.
struct NodeProposals {
    private struct Pending {
        var index: LogIndex
        var tag: UInt64
    }

    private var pending: Deque<Pending> = []

    /// Remembers whose entry is at `index`; indexes grow, since a leader never cuts its own log.
    mutating func append(index: LogIndex, tag: UInt64) {
        self.pending.append(Pending(index: index, tag: tag))
    }

    /// Whether entry `index`, which is the next to be applied, is somebody's.
    func has(_ index: LogIndex) -> Bool { self.pending.first?.index == index }

    /// Whose entry `index` is, which is applied now.
    mutating func take(_ index: LogIndex) -> UInt64? {
        guard let first = self.pending.first, first.index == index else { return nil }
        return self.pending.removeFirst().tag
    }

    /// All that are left, oldest first: leadership is lost.
    mutating func takeAll() -> [UInt64] {
        let tags = self.pending.map(\.tag)
        self.pending.removeAll()
        return tags
    }
}
