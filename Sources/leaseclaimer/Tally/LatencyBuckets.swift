/// How long things took in one second: 32 buckets to each power of two of microseconds, so that a percentile is right to
/// three parts in a hundred. Small enough for one a class and second.
struct LatencyBuckets: Sendable, Hashable {
    private static let bits = 5
    private static let size = 32 * 32

    private var counts: [UInt32] = []
    private(set) var count = 0

    mutating func record(_ duration: TimeSpan, times: Int = 1) {
        if self.counts.isEmpty { self.counts = Array(repeating: 0, count: Self.size) }
        let microseconds = UInt64(clamping: max(duration.nanoseconds / 1_000, 0))
        self.counts[Self.index(microseconds)] += UInt32(clamping: times)
        self.count += times
    }

    mutating func merge(_ other: LatencyBuckets) {
        guard other.count > 0 else { return }
        if self.counts.isEmpty {
            self = other
            return
        }
        for index in self.counts.indices { self.counts[index] += other.counts[index] }
        self.count += other.count
    }

    /// Milliseconds that `percent` of all did not exceed; `nil` when there is nothing.
    func percentile(_ percent: Double) -> Double? {
        guard self.count > 0 else { return nil }
        let rank = max(Int((Double(self.count) * percent / 100).rounded(.up)), 1)
        var seen = 0
        for (index, count) in self.counts.enumerated() {
            seen += Int(count)
            if seen >= rank { return Double(Self.highest(index)) / 1_000 }
        }
        return nil
    }

    private static func index(_ value: UInt64) -> Int {
        let power = max(64 - value.leadingZeroBitCount - Self.bits - 1, 0)
        return min((power << Self.bits) + Int(value >> UInt64(power)), Self.size - 1)
    }

    /// The largest value of a bucket.
    private static func highest(_ index: Int) -> UInt64 {
        guard index >= 64 else { return UInt64(index) }
        let power = index / 32 - 1
        return ((UInt64(index - power * 32) + 1) << UInt64(power)) - 1
    }
}
