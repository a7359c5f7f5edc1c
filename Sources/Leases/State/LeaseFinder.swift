import HeapModule

/// What finds the leases of one shard, by key and by end.
///
/// Apart from what it finds, because a state that is only encoded or listed does without: what such a copy does not
/// share, entries change in place. Its methods take the shard it belongs to.
struct LeaseFinder: Sendable {
    /// A hint that the lease at `place` may end at `time`; valid only while `queued` says the same.
    struct Expiry: Comparable, Sendable {
        var time: UInt64
        var token: UInt64
        var place: UInt32

        static func < (left: Expiry, right: Expiry) -> Bool {
            left.time != right.time ? left.time < right.time : left.token < right.token
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

    private(set) var index = PlaceIndex()
    /// The time of each lease's one valid entry in `expiries`, never after its end; `unqueued` when it has none.
    private var queued: ContiguousArray<UInt64> = []
    /// Ordered by (time, token). An extension leaves its entry where it is; the entry moves when it surfaces, so an
    /// extension costs nothing here and a lease has one valid entry.
    private var expiries = Heap<Expiry>()

    /// The earliest entry, whether or not it is up to date.
    var head: (time: UInt64, token: UInt64) {
        self.expiries.min.map { ($0.time, $0.token) } ?? (Self.unqueued, 0)
    }

    // MARK: Leases

    @inline(__always)
    func place(of key: LeaseKey, _ hash: UInt64, in shard: LeaseShard) -> Int? {
        self.index.find(hash) { shard.names.hasKey(key, at: Int($0)) }.map(Int.init)
    }

    /// The same from a name's bytes; `group` has the rest of the key.
    @inline(__always)
    func place(of name: UnsafeRawBufferPointer, in group: LeaseKey, _ hash: UInt64, in shard: LeaseShard) -> Int? {
        self.index.find(hash) { shard.names.hasKey(name, in: group, at: Int($0)) }.map(Int.init)
    }

    /// Notes what was put at `place`, without queueing it.
    mutating func inserted(_ place: Int, _ hash: UInt64) {
        self.index.insert(hash, UInt32(truncatingIfNeeded: place))
        if place < self.queued.count {
            self.queued[place] = Self.unqueued
        } else {
            self.queued.append(Self.unqueued)
        }
    }

    /// Notes that `place` was freed; its entry stays behind and is dropped when it surfaces.
    mutating func removed(_ place: Int, _ hash: UInt64, from shard: LeaseShard) {
        self.index.remove(hash, UInt32(truncatingIfNeeded: place))
        if shard.count == 0 { self.queued = [] } else { self.queued[place] = Self.unqueued }
    }

    /// Makes room for many leases at once.
    mutating func reserve(_ count: Int) {
        self.index.reserve(count)
        self.queued.reserveCapacity(count)
    }

    // MARK: Expiry

    /// Looks at the head entry and, when it is out of date, drops it or moves it to where its lease now ends.
    mutating func settleHead(_ shard: LeaseShard) -> Head {
        guard let head = self.expiries.min else { return .none }
        let place = Int(head.place)
        guard place < shard.terms.count, shard.terms[place].token == head.token, self.queued[place] == head.time else {
            self.expiries.removeMin()
            return .corrected
        }
        if shard.isPinned(at: place) {
            self.queued[place] = Self.unqueued
            self.expiries.removeMin()
            return .corrected
        }
        let end = shard.terms[place].end
        if end > head.time {
            self.queued[place] = end
            self.expiries.replaceMin(with: Expiry(time: end, token: head.token, place: head.place))
            return .corrected
        }
        return .due(head)
    }

    /// Drops the head entry.
    mutating func dropHead() { self.expiries.removeMin() }

    /// Gives the lease at `place` an entry if it has none.
    mutating func queue(_ place: Int, in shard: LeaseShard) {
        guard self.queued[place] == Self.unqueued else { return }
        let term = shard.terms[place]
        self.queued[place] = term.end
        self.expiries.insert(Expiry(time: term.end, token: term.token, place: UInt32(truncatingIfNeeded: place)))
        self.compact(shard)
    }

    /// Queues every lease that can end; once, after the last one was put back.
    mutating func restored(_ shard: LeaseShard) {
        var entries: [Expiry] = []
        entries.reserveCapacity(shard.count)
        for place in shard.places where !shard.isPinned(at: place) {
            let term = shard.terms[place]
            self.queued[place] = term.end
            entries.append(Expiry(time: term.end, token: term.token, place: UInt32(truncatingIfNeeded: place)))
        }
        self.expiries = Heap(entries)
    }

    /// Rebuilds the entries when the dead ones outnumber the leases, so that claims and revokes in turns cannot grow
    /// them without bound.
    mutating func compact(_ shard: LeaseShard) {
        guard self.expiries.count > 2 * shard.count + 32 else { return }
        var entries: [Expiry] = []
        for place in shard.places where self.queued[place] != Self.unqueued {
            let token = shard.terms[place].token
            entries.append(Expiry(time: self.queued[place], token: token, place: UInt32(truncatingIfNeeded: place)))
        }
        self.expiries = Heap(entries)
    }
}
