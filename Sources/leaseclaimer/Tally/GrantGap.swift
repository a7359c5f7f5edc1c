/// The longest time in which nothing was granted.
struct GrantGap: Sendable, Hashable {
    private var last: Instant
    private(set) var longest = TimeSpan.zero
    /// When the longest one ended.
    private(set) var endedAt: Instant

    init(from start: Instant) {
        self.last = start
        self.endedAt = start
    }

    /// Something was granted at `now`, or the run ended.
    mutating func close(at now: Instant) {
        // Out of order by as much as tasks overtake each other: no gap ends in the past.
        guard now > self.last else { return }
        if now - self.last > self.longest {
            self.longest = now - self.last
            self.endedAt = now
        }
        self.last = now
    }
}
