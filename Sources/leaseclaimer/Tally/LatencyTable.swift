import Histogram
import LoadReport

/// How long operations took, by operation and outcome, in histograms of three digits.
struct LatencyTable: Sendable {
    enum Outcome: UInt8, Sendable, Hashable, CaseIterable {
        case granted, held, refused, never, unknown, failed

        var name: String {
            switch self {
            case .granted: "granted"
            case .held: "held"
            case .refused: "refused"
            case .never: "never"
            case .unknown: "unknown"
            case .failed: "failed"
            }
        }
    }

    /// By operation and outcome; made when the first of the kind comes.
    private var histograms: [Histogram<UInt64>?] = Array(
        repeating: nil,
        count: Operation.allCases.count * Outcome.allCases.count
    )

    mutating func record(_ operation: Operation, _ outcome: Outcome, _ duration: Duration, times: Int = 1) {
        let index = Int(operation.rawValue) * Outcome.allCases.count + Int(outcome.rawValue)
        let microseconds = UInt64(clamping: duration.wholeNanoseconds / 1_000)
        if self.histograms[index] == nil { self.histograms[index] = Histogram(highestTrackableValue: Self.longest) }
        self.histograms[index]?.record(min(microseconds, Self.longest), count: UInt64(times))
    }

    /// Adds what another loop has seen.
    mutating func merge(_ other: LatencyTable) {
        for index in self.histograms.indices {
            guard let theirs = other.histograms[index] else { continue }
            if self.histograms[index] == nil {
                self.histograms[index] = theirs
            } else {
                self.histograms[index]?.add(theirs)
            }
        }
    }

    /// One row an operation and outcome that occurred, sorted.
    var rows: [LoadResult.Latency] {
        var rows: [LoadResult.Latency] = []
        for operation in Operation.allCases.sorted(by: { $0.name < $1.name }) {
            for outcome in Outcome.allCases.sorted(by: { $0.name < $1.name }) {
                let index = Int(operation.rawValue) * Outcome.allCases.count + Int(outcome.rawValue)
                guard let histogram = self.histograms[index] else { continue }
                rows.append(Self.row(operation, outcome, histogram))
            }
        }
        return rows
    }

    private static func row(
        _ operation: Operation,
        _ outcome: Outcome,
        _ histogram: Histogram<UInt64>
    ) -> LoadResult.Latency {
        func milliseconds(_ percentile: Double) -> Double {
            Double(min(histogram.valueAtPercentile(percentile), histogram.maxRecorded)) / 1_000
        }
        return LoadResult.Latency(
            operation: operation.name,
            outcome: outcome.name,
            count: histogram.totalCount,
            p50: milliseconds(50),
            p90: milliseconds(90),
            p99: milliseconds(99),
            p999: milliseconds(99.9),
            max: Double(histogram.maxRecorded) / 1_000
        )
    }

    /// An hour, in microseconds.
    private static let longest: UInt64 = 3_600_000_000
}
