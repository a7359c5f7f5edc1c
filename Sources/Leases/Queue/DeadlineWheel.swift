/// Who must be answered when: a wheel of 1,024 buckets of 16.8 ms. What is due in a later turn of the wheel waits in its
/// bucket until then.
struct DeadlineWheel: Sendable {
    private static let shift: Int64 = 24
    private static let mask: Int64 = 1_023

    private var buckets = ContiguousArray(repeating: QueueSlab.none, count: 1_024)
    /// A bit for each bucket that is not empty.
    private var filled = ContiguousArray<UInt64>(repeating: 0, count: 16)
    /// The bucket, counted from the beginning of time, up to which everything due has been taken out.
    private var turn: Int64 = .min
    private(set) var count = 0

    mutating func insert(_ slot: Int32, in slab: inout QueueSlab) {
        let number = slab[slot].deadline >> Self.shift
        if self.count == 0 || number < self.turn { self.turn = min(number, self.count == 0 ? number : self.turn) }
        let bucket = Int(number & Self.mask)
        let first = self.buckets[bucket]
        slab[slot].laterDue = first
        slab[slot].earlierDue = QueueSlab.none
        if first != QueueSlab.none { slab[first].earlierDue = slot }
        self.buckets[bucket] = slot
        self.filled[bucket >> 6] |= 1 << UInt64(bucket & 63)
        self.count += 1
    }

    mutating func remove(_ slot: Int32, in slab: inout QueueSlab) {
        let (earlier, later) = (slab[slot].earlierDue, slab[slot].laterDue)
        if later != QueueSlab.none { slab[later].earlierDue = earlier }
        if earlier != QueueSlab.none {
            slab[earlier].laterDue = later
        } else {
            let bucket = Int((slab[slot].deadline >> Self.shift) & Self.mask)
            self.buckets[bucket] = later
            if later == QueueSlab.none { self.filled[bucket >> 6] &= ~(1 << UInt64(bucket & 63)) }
        }
        self.count -= 1
    }

    /// Adds everything due at `now` to `due`; the caller removes it. Costs a few steps a turn of 16.8 ms and one a slot
    /// in the buckets passed.
    mutating func findDue(at now: Int64, in slab: QueueSlab, into due: inout ContiguousArray<Int32>) {
        let last = now >> Self.shift
        guard self.count > 0, self.turn <= last else { return }
        let first = max(self.turn, last - Self.mask)
        for number in first...last where self.isFilled(number) {
            var slot = self.buckets[Int(number & Self.mask)]
            while slot != QueueSlab.none {
                if slab[slot].deadline <= now { due.append(slot) }
                slot = slab[slot].laterDue
            }
        }
        self.turn = last
    }

    /// The earliest deadline there is.
    func earliest(in slab: QueueSlab) -> Int64? {
        guard self.count > 0 else { return nil }
        var best = Int64.max
        for number in self.turn...(self.turn + Self.mask) where self.isFilled(number) {
            var slot = self.buckets[Int(number & Self.mask)]
            while slot != QueueSlab.none {
                best = min(best, slab[slot].deadline)
                slot = slab[slot].laterDue
            }
            // Everything after this bucket is later than what is due in this turn of the wheel.
            if best >> Self.shift <= number { break }
        }
        return best
    }

    private func isFilled(_ number: Int64) -> Bool {
        let bucket = Int(number & Self.mask)
        return self.filled[bucket >> 6] & (1 << UInt64(bucket & 63)) != 0
    }
}
