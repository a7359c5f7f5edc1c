/// How often values fell into each of some fixed buckets, and their sum.
package struct Distribution: Sendable, Hashable {
    /// The largest value of each bucket but the last, which has none; ascending.
    package let bounds: [Double]
    /// One a bucket, not cumulative: one more than there are bounds.
    package private(set) var counts: [UInt64]
    package private(set) var sum: Double

    package init(bounds: [Double]) {
        self.init(bounds: bounds, counts: Array(repeating: 0, count: bounds.count + 1), sum: 0)
    }

    /// What others have counted.
    package init(bounds: [Double], counts: [UInt64], sum: Double) {
        precondition(counts.count == bounds.count + 1, "a bucket for each bound and one more")
        self.bounds = bounds
        self.counts = counts
        self.sum = sum
    }

    /// Counts a value.
    package mutating func record(_ value: Double) {
        self.counts[Self.bucket(of: value, in: self.bounds)] += 1
        self.sum += value
    }

    /// How many values there were.
    package var count: UInt64 { self.counts.reduce(0, &+) }

    /// Where a value belongs.
    static func bucket(of value: Double, in bounds: [Double]) -> Int {
        var (low, high) = (0, bounds.count)
        while low < high {
            let middle = (low + high) / 2
            if value <= bounds[middle] { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension Distribution {
    /// 1 to 4096 operations and 1 to 512 of whatever comes in batches, in steps of four.
    package static let sizeBounds: [Double] = [1, 4, 16, 64, 256, 1_024, 4_096]
}
