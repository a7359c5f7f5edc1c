/// How fast the queue has lately been emptied, to tell those refused when to come back.
struct DrainRate: Hashable, Sendable {
    /// Operations a second, smoothed; `nil` until two seals were seen.
    private var perSecond: Double?
    private var lastSeal: Duration?

    /// Notes that `count` operations were sealed at `now`.
    mutating func sealed(_ count: Int, now: Duration) {
        defer { self.lastSeal = now }
        guard let lastSeal = self.lastSeal, now > lastSeal, count > 0 else { return }
        let rate = Double(count) / Self.seconds(now - lastSeal)
        self.perSecond = self.perSecond.map { $0 + 0.2 * (rate - $0) } ?? rate
    }

    /// Milliseconds in which `waiting` operations should be gone, spread over twice that by `spread` so that not all
    /// who were refused come back at once.
    func retryAfterMilliseconds(waiting: Int, spread: UInt64) -> UInt64 {
        let base = self.perSecond.map { $0 > 0 ? Double(waiting) / $0 * 1_000 : 1_000 } ?? 1_000
        var hash = StableHash()
        hash.combine(spread)
        let factor = 1 + Double(hash.value & 1_023) / 1_024
        return UInt64(min(max(base * factor, 250), 32_000))
    }

    private static func seconds(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
