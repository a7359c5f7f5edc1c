/// The leases an open loop holds and extends in turn, as values.
struct HeldLeases: Sendable {
    struct Held: Sendable, Hashable {
        /// Until then it may be believed to be held; the distant past before it was ever granted.
        var safeUntil = Instant(nanoseconds: 0)
        var token: UInt64 = 0
        var isHeld = false
        var isBusy = false
        /// For good: a grant that comes after that is of no use.
        var isLost = false
    }

    private(set) var leases: [Held]
    private(set) var held = 0
    private(set) var lost = 0
    private(set) var tokensOutOfOrder = 0
    /// The places of those that are not being extended, in turn: a ring, since each is in it once at most.
    private var ring: [Int32]
    private var first = 0
    private var free = 0

    init(count: Int) {
        self.leases = Array(repeating: Held(), count: count)
        self.ring = Array(repeating: 0, count: count)
    }

    /// The next ones to extend, at most `count`: those whose turn it is, that are held and not being extended.
    mutating func take(_ count: Int) -> [Int32] {
        var taken: [Int32] = []
        taken.reserveCapacity(min(count, self.free))
        while taken.count < count, self.free > 0 {
            let index = self.ring[self.first]
            self.first = self.first + 1 == self.ring.count ? 0 : self.first + 1
            self.free -= 1
            // It may have been lost while it stood in the ring.
            guard self.leases[Int(index)].isHeld else { continue }
            self.leases[Int(index)].isBusy = true
            taken.append(index)
        }
        return taken
    }

    private mutating func push(_ index: Int32) {
        let place = self.first + self.free
        self.ring[place < self.ring.count ? place : place - self.ring.count] = index
        self.free += 1
    }

    /// A claim or an extension was granted; false when that came after it was counted as lost.
    @discardableResult
    mutating func granted(_ index: Int32, token: UInt64, safeUntil: Instant) -> Bool {
        let place = Int(index)
        if token < self.leases[place].token { self.tokensOutOfOrder += 1 }
        self.leases[place].token = max(token, self.leases[place].token)
        let wasBusy = self.leases[place].isBusy
        self.leases[place].isBusy = false
        guard !self.leases[place].isLost else { return false }
        self.leases[place].safeUntil = max(safeUntil, self.leases[place].safeUntil)
        let wasHeld = self.leases[place].isHeld
        if !wasHeld {
            self.leases[place].isHeld = true
            self.held += 1
        }
        if wasBusy || !wasHeld { self.push(index) }
        return true
    }

    /// An extension was not granted: it has its next turn.
    mutating func refused(_ index: Int32) {
        guard self.leases[Int(index)].isBusy else { return }
        self.leases[Int(index)].isBusy = false
        if self.leases[Int(index)].isHeld { self.push(index) }
    }

    /// It is held by another, or by nobody.
    mutating func lose(_ index: Int32) {
        self.leases[Int(index)].isBusy = false
        guard self.leases[Int(index)].isHeld else { return }
        self.leases[Int(index)].isHeld = false
        self.leases[Int(index)].isLost = true
        self.held -= 1
        self.lost += 1
    }

    /// Loses those that were not extended in time; returns how many.
    mutating func expire(now: Instant) -> Int {
        var expired = 0
        for index in self.leases.indices where self.leases[index].isHeld && self.leases[index].safeUntil <= now {
            let wasBusy = self.leases[index].isBusy
            self.lose(Int32(index))
            self.leases[index].isBusy = wasBusy
            expired += 1
        }
        return expired
    }
}
