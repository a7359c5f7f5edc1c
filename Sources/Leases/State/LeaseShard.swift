/// One part of the leases, small enough to be copied by the first entry that changes it while a list still shares it.
///
/// What extensions change lies apart from the names, without references and in 16 bytes a lease, so that a snapshot copies
/// it at once and an extension after it touches no text. What only finds leases is in `LeaseFinder`, which nobody shares.
struct LeaseShard: Sendable {
    /// What changes while a lease is held.
    struct Term: Hashable, Sendable {
        private static let revokingBit: UInt64 = 1 << 63

        /// The token below a bit that says whether a revoke waits; tokens are far smaller.
        private var word: UInt64
        /// The last instant of the promised time; of a free place, the next free one.
        var end: UInt64

        init(token: UInt64, end: UInt64, isRevoking: Bool = false) {
            self.word = token | (isRevoking ? Self.revokingBit : 0)
            self.end = end
        }

        /// 0 where no lease is.
        var token: UInt64 { self.word & ~Self.revokingBit }
        /// An operator's revoke waits for `end`.
        var isRevoking: Bool {
            get { self.word & Self.revokingBit != 0 }
            set { self.word = self.token | (newValue ? Self.revokingBit : 0) }
        }
    }

    typealias Names = NameBlocks.Names

    private static let noPlace = UInt64.max

    private(set) var terms: ContiguousArray<Term> = []
    private(set) var names = NameBlocks()
    private(set) var count = 0
    /// Who pins a key, in byte order; independent of leases, so the next claimant of a free key inherits the pins.
    var pins: [LeaseKey: [String]] = [:]
    private var firstFree = Self.noPlace

    /// The places at which a lease is.
    var places: some Sequence<Int> { self.terms.indices.lazy.filter { [terms] in terms[$0].token != 0 } }

    func isPinned(_ key: LeaseKey) -> Bool { !self.pins.isEmpty && self.pins[key] != nil }

    /// Whether the lease at `place` ends only when it is unpinned.
    func isPinned(at place: Int) -> Bool {
        !self.pins.isEmpty && !self.terms[place].isRevoking && self.isPinned(self.names[place].key)
    }

    /// Adds a lease and returns where it is.
    mutating func insert(_ names: Names, _ term: Term) -> Int {
        self.count += 1
        guard self.firstFree != Self.noPlace else {
            self.terms.append(term)
            self.names.append(names)
            return self.terms.count - 1
        }
        let place = Int(truncatingIfNeeded: self.firstFree)
        self.firstFree = self.terms[place].end
        self.terms[place] = term
        self.names[place] = names
        return place
    }

    /// Moves a lease's end to `end` if that is later, and returns what it is then.
    mutating func extend(_ place: Int, end: UInt64) -> UInt64 {
        let later = max(end, self.terms[place].end)
        self.terms[place].end = later
        return later
    }

    /// Frees a place and returns what was there.
    mutating func remove(_ place: Int) -> (Names, Term) {
        let removed = (self.names[place], self.terms[place])
        self.count -= 1
        guard self.count > 0 else {
            self.terms = []
            self.names.removeAll()
            self.firstFree = Self.noPlace
            return removed
        }
        self.terms[place] = Term(token: 0, end: self.firstFree)
        self.names[place] = .none
        self.firstFree = UInt64(place)
        return removed
    }

    /// Lets the lease end with its promised time, pinned or not.
    mutating func markRevoking(_ place: Int) { self.terms[place].isRevoking = true }

    /// Makes room for many leases at once.
    mutating func reserve(_ count: Int) { self.terms.reserveCapacity(count) }
}
