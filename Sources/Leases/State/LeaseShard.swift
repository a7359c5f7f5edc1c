import HeapModule

/// One part of the leases, small enough to be copied when a snapshot still shares it.
struct LeaseShard: Sendable {
    /// What is kept of a held lease.
    struct Record: Hashable, Sendable {
        var holder: String
        var token: UInt64
        /// The last instant of the promised time.
        var end: UInt64
        /// The time of this lease's one valid entry in `expiries`, never after `end`; `unqueued` when it has none.
        var queued: UInt64
        /// An operator's revoke waits for `end`.
        var isRevoking: Bool
    }

    /// A hint that the lease may end at `time`; valid only while its record says the same.
    struct Expiry: Comparable, Sendable {
        var time: UInt64
        var key: LeaseKey

        static func < (left: Expiry, right: Expiry) -> Bool {
            left.time != right.time ? left.time < right.time : left.key < right.key
        }
    }

    /// What the head of `expiries` turned out to be.
    enum Head {
        case none
        /// It was out of date and has been put right; look again.
        case corrected
        /// The lease ends then unless something happens: no lease of this shard ends earlier.
        case due(Expiry)
    }

    static let unqueued = UInt64.max

    var records: [LeaseKey: Record] = [:]
    /// Ordered by (time, key). An extension leaves its entry where it is; the entry moves when it surfaces, so an
    /// extension costs nothing here and a lease has one valid entry.
    var expiries = Heap<Expiry>()
    /// Who pins a key, in byte order; independent of records, so the next claimant of a free key inherits the pins.
    var pins: [LeaseKey: [String]] = [:]

    func isPinned(_ key: LeaseKey) -> Bool { !self.pins.isEmpty && self.pins[key] != nil }

    /// The earliest instant any entry names; `unqueued` when there is none.
    var headTime: UInt64 { self.expiries.min?.time ?? Self.unqueued }

    /// Looks at the head entry and, when it is out of date, drops it or moves it to where its lease now ends.
    mutating func settleHead() -> Head {
        guard let head = self.expiries.min else { return .none }
        guard let index = self.records.index(forKey: head.key), self.records.values[index].queued == head.time else {
            self.expiries.removeMin()
            return .corrected
        }
        let record = self.records.values[index]
        if !record.isRevoking, self.isPinned(head.key) {
            self.records.values[index].queued = Self.unqueued
            self.expiries.removeMin()
            return .corrected
        }
        if record.end > head.time {
            self.records.values[index].queued = record.end
            self.expiries.replaceMin(with: Expiry(time: record.end, key: head.key))
            return .corrected
        }
        return .due(head)
    }

    /// Gives the lease at `index` an entry if it has none.
    mutating func queue(_ key: LeaseKey, at index: [LeaseKey: Record].Index) {
        guard self.records.values[index].queued == Self.unqueued else { return }
        let end = self.records.values[index].end
        self.records.values[index].queued = end
        self.expiries.insert(Expiry(time: end, key: key))
        self.compact()
    }

    /// Rebuilds the entries when the dead ones outnumber the leases, so that claims and revokes in turns cannot grow
    /// them without bound.
    mutating func compact() {
        guard self.expiries.count > 2 * self.records.count + 32 else { return }
        self.expiries = Heap(
            self.records.lazy.filter { $0.value.queued != Self.unqueued }
                .map { Expiry(time: $0.value.queued, key: $0.key) }
        )
    }
}
