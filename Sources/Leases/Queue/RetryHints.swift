/// When those who are refused are to come back, so that they do not come all at once and come later while many do.
struct RetryHints: Hashable, Sendable {
    /// By how much longer than the queue needs.
    private(set) var factor: Double = 1
    private var refused = 0
    private var sealed = 0

    /// Milliseconds until what waits should be gone, `drain` ticks, spread over twice that by `spread`, times the factor;
    /// for an extension no more than a quarter of what is left of its lease, so that it can still be saved,
    /// and no less than 50 ms.
    mutating func refuse(drain: Int64, spread: UInt64, leaseLeft: Int64?) -> UInt32 {
        self.refused += 1
        return self.hint(drain: drain, spread: spread, leaseLeft: leaseLeft)
    }

    func hint(drain: Int64, spread: UInt64, leaseLeft: Int64? = nil) -> UInt32 {
        var hash = StableHash()
        hash.combine(spread)
        let spreading = 1 + Double(hash.value & 1_023) / 1_024
        let wait = min(max(drain.tickMilliseconds * spreading * self.factor, 250), 32_000)
        let left = leaseLeft.map { max($0.tickMilliseconds / 4, 50) } ?? wait
        return UInt32(min(wait, left))
    }

    mutating func sealed(_ count: Int) { self.sealed += count }

    /// Doubles the factor when more were refused than served, else halves it.
    mutating func intervalEnded() {
        self.factor = self.refused > max(self.sealed, 3) ? min(self.factor * 2, 64) : max(self.factor / 2, 1)
        self.refused = 0
        self.sealed = 0
    }

    mutating func reset() { self = RetryHints() }
}
