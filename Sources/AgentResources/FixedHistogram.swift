/// Counts of values by fixed bounds, as Prometheus wants them: cheap to add to, cheap to copy.
package struct FixedHistogram: Sendable, Hashable {
    /// Upper bounds of the buckets, ascending; one more bucket has what is above the last.
    package let bounds: [Double]
    /// How many values are in each bucket alone, not in those below it too.
    package private(set) var counts: [UInt64]
    /// All values together.
    package private(set) var sum: Double = 0

    /// How many values there were.
    package var count: UInt64 { self.counts.reduce(0, +) }

    package init(bounds: [Double]) {
        self.bounds = bounds
        self.counts = Array(repeating: 0, count: bounds.count + 1)
    }

    package mutating func record(_ value: Double) {
        var bucket = 0
        while bucket < self.bounds.count, value > self.bounds[bucket] { bucket += 1 }
        self.counts[bucket] += 1
        self.sum += value
    }

    /// Bounds for what a disk or a commit takes, in seconds.
    package static let seconds: [Double] = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
    ]
    /// Bounds for what a call takes, in seconds.
    package static let calls: [Double] = [
        0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    /// Bounds for how many operations an entry has.
    package static let batches: [Double] = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192]
}
