import Histogram

/// How long operations took, by operation and outcome, in histograms of three digits.
struct LatencyTable: Sendable {
    struct Key: Sendable, Hashable, Comparable {
        var operation: ContenderOperation
        var outcome: String

        static func < (left: Key, right: Key) -> Bool {
            (left.operation.rawValue, left.outcome) < (right.operation.rawValue, right.outcome)
        }
    }

    /// Percentiles in milliseconds.
    struct Row: Sendable, Hashable {
        var key: Key
        var count: UInt64
        var p50: Double
        var p90: Double
        var p99: Double
        var max: Double
    }

    private var histograms: [Key: Histogram<UInt64>] = [:]

    mutating func record(_ operation: ContenderOperation, _ outcome: String, _ duration: Duration) {
        let key = Key(operation: operation, outcome: outcome)
        let (seconds, attoseconds) = duration.components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        self.histograms[key, default: Histogram(highestTrackableValue: Self.longest)]
            .record(UInt64(clamping: Swift.min(microseconds, Int64(Self.longest))))
    }

    /// One row an operation and outcome that occurred, sorted.
    var rows: [Row] {
        self.histograms.sorted { $0.key < $1.key }.map { key, histogram in
            func milliseconds(_ percentile: Double) -> Double {
                Double(Swift.min(histogram.valueAtPercentile(percentile), histogram.maxRecorded)) / 1_000
            }
            return Row(
                key: key,
                count: histogram.totalCount,
                p50: milliseconds(50),
                p90: milliseconds(90),
                p99: milliseconds(99),
                max: Double(histogram.maxRecorded) / 1_000
            )
        }
    }

    /// An hour, in microseconds.
    private static let longest: UInt64 = 3_600_000_000
}
