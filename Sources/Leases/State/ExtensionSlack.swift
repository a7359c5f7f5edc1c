/// How much of their time leases had left as they were extended: counts in fixed buckets.
///
/// This process's own count; nothing that replicas must agree on depends on it.
package struct ExtensionSlack: Sendable, Hashable {
    private static let milliseconds: [UInt64] = [
        10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000,
    ]

    /// Upper bounds of the buckets in seconds; the last bucket has none.
    package static let bounds: [Double] = Self.milliseconds.map { Double($0) / 1_000 }

    /// One count a bucket, `bounds.count + 1` of them; not cumulative.
    package private(set) var counts = [UInt64](repeating: 0, count: Self.milliseconds.count + 1)
    private var totalMilliseconds: UInt64 = 0

    package init() {}

    /// The time all of them had left, together.
    package var totalSeconds: Double { Double(self.totalMilliseconds) / 1_000 }

    /// Counts an extension of a lease that had `milliseconds` left.
    mutating func add(_ milliseconds: UInt64) {
        let bounds = Self.milliseconds
        var bucket = 0
        while bucket < bounds.count, milliseconds > bounds[bucket] { bucket += 1 }
        self.counts[bucket] += 1
        self.totalMilliseconds &+= milliseconds
    }
}
