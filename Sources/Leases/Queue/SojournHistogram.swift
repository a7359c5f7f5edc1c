/// How long operations waited: counts in fixed buckets, each twice as wide as the one before.
package struct SojournHistogram: Sendable, Hashable {
    /// Upper bounds of the buckets in seconds; the last bucket has none.
    package static let bounds: [Double] = (0..<16).map { 0.000_25 * Double(1 << $0) }

    /// One count a bucket, `bounds.count + 1` of them; not cumulative.
    package private(set) var counts = [UInt64](repeating: 0, count: 17)
    /// The sum of all waits.
    package private(set) var totalSeconds: Double = 0

    package init() {}

    /// Counts one wait.
    package mutating func add(seconds: Double) {
        let quarters = UInt64(max(0, min(seconds, 60)) / 0.000_25)
        self.counts[min(16, UInt64.bitWidth - quarters.leadingZeroBitCount)] += 1
        self.totalSeconds += seconds
    }
}
