/// Very many timers at the price of one: a ring of slots of a millisecond each, in which a timer waits for its turn.
///
/// A timer cannot be taken back: whoever sets it remembers its generation and ignores it when another one came since.
/// What is due later than a turn of the ring stays in its slot until its time has come.
struct TimerWheel: Sendable {
    struct Entry: Sendable, Hashable {
        var due: Instant
        /// What it is for: the owner's own number.
        var tag: UInt32
        var generation: UInt32
    }

    private static let tick: Int64 = 1_000_000
    private static let slots = 8_192

    private var ring: [[Entry]] = Array(repeating: [], count: TimerWheel.slots)
    /// Bit `i` says that slot `i` has entries.
    private var occupied: [UInt64] = Array(repeating: 0, count: TimerWheel.slots / 64)
    /// All ticks before it have been looked at.
    private var cursor: Int64
    private(set) var count = 0

    init(now: Instant) { self.cursor = now.nanoseconds / Self.tick }

    mutating func schedule(_ entry: Entry) {
        // In the slot in which it is over, so that a look at the slot's end finds it due.
        let tick = max((entry.due.nanoseconds + Self.tick - 1) / Self.tick, self.cursor)
        let slot = Int(tick % Int64(Self.slots))
        self.ring[slot].append(entry)
        self.occupied[slot / 64] |= 1 << UInt64(slot % 64)
        self.count += 1
    }

    /// Takes out what is due at `now`, in the order of its milliseconds, and adds it to `due`.
    mutating func advance(to now: Instant, into due: inout [Entry]) {
        let end = now.nanoseconds / Self.tick
        guard end >= self.cursor else { return }
        // After a long pause each slot is looked at once.
        let first = max(self.cursor, end - Int64(Self.slots) + 1)
        var tick = first
        while tick <= end {
            let slot = Int(tick % Int64(Self.slots))
            if self.occupied[slot / 64] & (1 << UInt64(slot % 64)) != 0 { self.empty(slot, now, &due) }
            tick += 1
        }
        // The present tick is looked at again: more may become due within it.
        self.cursor = end
    }

    private mutating func empty(_ slot: Int, _ now: Instant, _ due: inout [Entry]) {
        var kept = 0
        let count = self.ring[slot].count
        for index in 0..<count {
            let entry = self.ring[slot][index]
            if entry.due <= now {
                due.append(entry)
            } else {
                self.ring[slot][kept] = entry
                kept += 1
            }
        }
        self.ring[slot].removeLast(count - kept)
        self.count -= count - kept
        if kept == 0 {
            self.occupied[slot / 64] &= ~(1 << UInt64(slot % 64))
            // A burst must not keep its memory for ever.
            if count > 1_024 { self.ring[slot] = [] }
        }
    }

    /// When `advance` is worth calling next: never later than the first timer is due, but it may find nothing due.
    var next: Instant? {
        guard self.count > 0 else { return nil }
        let start = Int(self.cursor % Int64(Self.slots))
        for offset in 0...Self.slots / 64 {
            let word = (start / 64 + offset) % (Self.slots / 64)
            var bits = self.occupied[word]
            // The first word is cut at the cursor; met again at the end, it counts in full.
            if offset == 0 { bits &= ~0 << UInt64(start % 64) }
            guard bits != 0 else { continue }
            let slot = word * 64 + bits.trailingZeroBitCount
            let distance = (slot - start + Self.slots) % Self.slots
            return Instant(nanoseconds: (self.cursor + Int64(distance)) * Self.tick)
        }
        return nil
    }
}
