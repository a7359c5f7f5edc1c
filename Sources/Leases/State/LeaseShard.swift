import HeapModule

/// One part of the leases, small enough to be copied when a snapshot still shares it.
///
/// What extensions change lies apart from the names, so that the first extension after a copy copies a few kilobytes
/// without touching any text.
struct LeaseShard: Sendable {
    /// What changes while a lease is held.
    struct Term: Hashable, Sendable {
        /// 0 where no lease is.
        var token: UInt64
        /// The last instant of the promised time; of a free place, the next free one.
        var end: UInt64
        /// The time of this lease's one valid entry in `expiries`, never after `end`; `unqueued` when it has none.
        var queued: UInt64
        /// An operator's revoke waits for `end`.
        var isRevoking: Bool
    }

    typealias Names = NameBlocks.Names

    /// A hint that the lease at `place` may end at `time`; valid only while its term says the same.
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
    private static let noPlace = UInt64.max

    private(set) var terms: ContiguousArray<Term> = []
    private(set) var names = NameBlocks()
    private var index = PlaceIndex()
    private var firstFree = Self.noPlace
    /// Ordered by (time, token). An extension leaves its entry where it is; the entry moves when it surfaces, so an
    /// extension costs nothing here and a lease has one valid entry.
    private(set) var expiries = Heap<Expiry>()
    /// Who pins a key, in byte order; independent of leases, so the next claimant of a free key inherits the pins.
    var pins: [LeaseKey: [String]] = [:]

    var count: Int { self.index.count }
    /// Whether it has neither leases nor pins.
    var isUntouched: Bool { self.index.count == 0 && self.pins.isEmpty }
    /// The places at which a lease is.
    var places: some Sequence<Int> { self.terms.indices.lazy.filter { [terms] in terms[$0].token != 0 } }

    func isPinned(_ key: LeaseKey) -> Bool { !self.pins.isEmpty && self.pins[key] != nil }

    /// The earliest entry, whether or not it is up to date.
    var head: (time: UInt64, token: UInt64) {
        self.expiries.min.map { ($0.time, $0.token) } ?? (Self.unqueued, 0)
    }

    // MARK: Leases

    @inline(__always)
    func place(of key: LeaseKey, _ hash: UInt64) -> Int? {
        self.index.find(hash) { self.names.hasKey(key, at: Int($0)) }.map(Int.init)
    }

    /// Adds a lease to a free key, queued unless it is pinned.
    mutating func insert(_ names: Names, _ hash: UInt64, token: UInt64, end: UInt64) {
        let queued = self.isPinned(names.key) ? Self.unqueued : end
        self.restore(names, hash, Term(token: token, end: end, queued: queued, isRevoking: false))
        guard queued != Self.unqueued, let place = self.place(of: names.key, hash) else { return }
        self.expiries.insert(Expiry(time: end, token: token, place: UInt32(truncatingIfNeeded: place)))
        self.compact()
    }

    /// Adds a lease without queueing it.
    mutating func restore(_ names: Names, _ hash: UInt64, _ term: Term) {
        let place: Int
        if self.firstFree == Self.noPlace {
            place = self.terms.count
            self.terms.append(term)
            self.names.append(names)
        } else {
            place = Int(truncatingIfNeeded: self.firstFree)
            self.firstFree = self.terms[place].end
            self.terms[place] = term
            self.names[place] = names
        }
        self.index.insert(hash, UInt32(truncatingIfNeeded: place))
    }

    /// Moves a lease's end to `end` if that is later, and returns what it is then.
    mutating func extend(_ place: Int, end: UInt64) -> UInt64 {
        let later = max(end, self.terms[place].end)
        self.terms[place].end = later
        return later
    }

    /// Frees a place and returns what was there; its entry stays behind and is dropped when it surfaces.
    mutating func remove(_ place: Int, _ hash: UInt64) -> (Names, Term) {
        let removed = (self.names[place], self.terms[place])
        self.index.remove(hash, UInt32(truncatingIfNeeded: place))
        self.terms[place] = Term(token: 0, end: self.firstFree, queued: Self.unqueued, isRevoking: false)
        self.names[place] = .none
        self.firstFree = UInt64(place)
        if self.index.count == 0 {
            self.terms = []
            self.names.removeAll()
            self.firstFree = Self.noPlace
        }
        return removed
    }

    /// Lets the lease end with its promised time, pinned or not.
    mutating func markRevoking(_ place: Int) {
        self.terms[place].isRevoking = true
        self.queue(place)
    }

    /// Makes room for many leases at once.
    mutating func reserve(_ count: Int) {
        self.terms.reserveCapacity(count)
        self.index.reserve(count)
    }

    // MARK: Expiry

    /// Looks at the head entry and, when it is out of date, drops it or moves it to where its lease now ends.
    mutating func settleHead() -> Head {
        guard let head = self.expiries.min else { return .none }
        let place = Int(head.place)
        guard place < self.terms.count, self.terms[place].token == head.token, self.terms[place].queued == head.time
        else {
            self.expiries.removeMin()
            return .corrected
        }
        let term = self.terms[place]
        if !term.isRevoking, !self.pins.isEmpty, self.isPinned(self.names[place].key) {
            self.terms[place].queued = Self.unqueued
            self.expiries.removeMin()
            return .corrected
        }
        if term.end > head.time {
            self.terms[place].queued = term.end
            self.expiries.replaceMin(with: Expiry(time: term.end, token: term.token, place: head.place))
            return .corrected
        }
        return .due(head)
    }

    /// Drops the head entry.
    mutating func dropHead() { self.expiries.removeMin() }

    /// Gives the lease at `place` an entry if it has none.
    mutating func queue(_ place: Int) {
        let term = self.terms[place]
        guard term.queued == Self.unqueued else { return }
        self.terms[place].queued = term.end
        self.expiries.insert(Expiry(time: term.end, token: term.token, place: UInt32(truncatingIfNeeded: place)))
        self.compact()
    }

    /// Queues every lease that can end; once, after the last `restore`.
    mutating func restored() {
        var entries: [Expiry] = []
        entries.reserveCapacity(self.terms.count)
        for place in self.terms.indices {
            let term = self.terms[place]
            if !term.isRevoking, !self.pins.isEmpty, self.isPinned(self.names[place].key) { continue }
            self.terms[place].queued = term.end
            entries.append(Expiry(time: term.end, token: term.token, place: UInt32(truncatingIfNeeded: place)))
        }
        self.expiries = Heap(entries)
    }

    /// Rebuilds the entries when the dead ones outnumber the leases, so that claims and revokes in turns cannot grow
    /// them without bound.
    mutating func compact() {
        guard self.expiries.count > 2 * self.count + 32 else { return }
        var entries: [Expiry] = []
        for place in self.terms.indices where self.terms[place].token != 0 {
            let term = self.terms[place]
            guard term.queued != Self.unqueued else { continue }
            entries.append(Expiry(time: term.queued, token: term.token, place: UInt32(truncatingIfNeeded: place)))
        }
        self.expiries = Heap(entries)
    }
}
