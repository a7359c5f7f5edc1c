/// The leases an open loop holds and extends in turn, as values.
struct HeldLeases: Sendable {
    struct Held: Sendable, Hashable {
        /// Until then it may be believed to be held; the distant past before it was ever granted.
        var safeUntil = Instant(nanoseconds: 0)
        var token: UInt64 = 0
        var isHeld = false
        var isBusy = false
    }

    private(set) var leases: [Held]
    private(set) var held = 0
    private(set) var lost = 0
    private(set) var tokensOutOfOrder = 0
    private var cursor = 0

    init(count: Int) { self.leases = Array(repeating: Held(), count: count) }

    /// The next ones to extend, at most `count`: those whose turn it is, that are held and not being extended.
    mutating func take(_ count: Int) -> [Int32] {
        var taken: [Int32] = []
        var looked = 0
        while taken.count < count, looked < self.leases.count {
            if self.leases[self.cursor].isHeld, !self.leases[self.cursor].isBusy {
                self.leases[self.cursor].isBusy = true
                taken.append(Int32(self.cursor))
            }
            self.cursor = (self.cursor + 1) % self.leases.count
            looked += 1
        }
        return taken
    }

    /// A claim or an extension was granted.
    mutating func granted(_ index: Int32, token: UInt64, safeUntil: Instant) {
        let index = Int(index)
        if token < self.leases[index].token { self.tokensOutOfOrder += 1 }
        if !self.leases[index].isHeld {
            self.leases[index].isHeld = true
            self.held += 1
        }
        self.leases[index].token = max(token, self.leases[index].token)
        self.leases[index].safeUntil = max(safeUntil, self.leases[index].safeUntil)
        self.leases[index].isBusy = false
    }

    /// An extension was not granted: it has its next turn.
    mutating func refused(_ index: Int32) { self.leases[Int(index)].isBusy = false }

    /// It is held by another, or by nobody.
    mutating func lose(_ index: Int32) {
        self.leases[Int(index)].isBusy = false
        guard self.leases[Int(index)].isHeld else { return }
        self.leases[Int(index)].isHeld = false
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
