import DequeModule

/// Results of operations that could still be sent again: a retry is answered with what was decided, not applied twice.
///
/// A result is kept until global time has passed its operation's `notAfter` by the resolve window, rounded up to a slot
/// of 64 ms so that forgetting costs no search. In shards for the same reason as the leases.
struct RememberedResults: Sendable {
    struct Entry: Hashable, Sendable {
        var result: OperationResult
        /// Of the command, to notice when one id is used for two.
        var fingerprint: UInt64
        var notAfter: UInt64
    }

    static let shardCount = 1_024
    /// Milliseconds of one slot, as a power of two.
    private static let slotBits: UInt64 = 6

    /// At most so many; the same on every replica, which is why only tests set it.
    var limit = LeaseLimits.rememberedResults
    private(set) var shards = [[OperationID: Entry]](repeating: [:], count: Self.shardCount)
    private(set) var count = 0
    /// Ids to look at when a slot of global time has passed, the first at `firstSlot`.
    private var slots = Deque<[OperationID]>()
    private var firstSlot: UInt64 = 0

    static func shard(of id: OperationID) -> Int {
        Int(truncatingIfNeeded: (id.low ^ (id.low >> 32) ^ id.high) & UInt64(Self.shardCount - 1))
    }

    static func slot(_ time: UInt64) -> UInt64 { time >> Self.slotBits }

    /// The last slot in which the result of an operation with this `notAfter` is remembered.
    static func lastSlot(_ notAfter: UInt64) -> UInt64 {
        let end = GlobalTime(milliseconds: notAfter).advanced(byMilliseconds: LeaseLimits.resolveWindowMilliseconds)
        return Self.slot(end.milliseconds)
    }

    var isFull: Bool { self.count >= self.limit }

    subscript(_ id: OperationID) -> Entry? { self.shards[Self.shard(of: id)][id] }

    /// Keeps the result of an operation that was just decided.
    mutating func remember(_ id: OperationID, _ entry: Entry) {
        if self.shards[Self.shard(of: id)].updateValue(entry, forKey: id) == nil { self.count += 1 }
        self.schedule(id, at: entry.notAfter)
    }

    /// Keeps a result longer because its operation was sent again with a later `notAfter`.
    mutating func prolong(_ id: OperationID, to notAfter: UInt64) {
        let shard = Self.shard(of: id)
        guard let entry = self.shards[shard][id], notAfter > entry.notAfter else { return }
        self.shards[shard][id]?.notAfter = notAfter
        if Self.lastSlot(notAfter) > Self.lastSlot(entry.notAfter) { self.schedule(id, at: notAfter) }
    }

    /// Forgets what can no longer be accepted at `now`.
    mutating func forget(now: UInt64) {
        let slot = Self.slot(now)
        while self.firstSlot < slot, let ids = self.slots.popFirst() {
            for id in ids {
                let shard = Self.shard(of: id)
                guard let entry = self.shards[shard][id], Self.lastSlot(entry.notAfter) <= self.firstSlot else {
                    continue
                }
                self.shards[shard][id] = nil
                self.count -= 1
            }
            self.firstSlot += 1
        }
        self.firstSlot = max(self.firstSlot, slot)
    }

    /// Starts the slots at a snapshot's global time; before the first `remember`.
    mutating func restore(now: UInt64) { self.firstSlot = Self.slot(now) }

    private mutating func schedule(_ id: OperationID, at notAfter: UInt64) {
        // Bounded by the horizon, which callers have checked.
        let index = Int(Self.lastSlot(notAfter) - min(self.firstSlot, Self.lastSlot(notAfter)))
        while self.slots.count <= index { self.slots.append([]) }
        self.slots[index].append(id)
    }
}
