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

    /// Where the histogram of each operation and outcome is; -1 until the first of the kind comes.
    private var places = [Int](repeating: -1, count: Operation.allCases.count * Outcome.allCases.count)
    private var histograms: [Histogram<UInt64>] = []

    mutating func record(_ operation: Operation, _ outcome: Outcome, _ span: TimeSpan, times: Int = 1) {
        let place = self.place(Int(operation.rawValue) * Outcome.allCases.count + Int(outcome.rawValue))
        let microseconds = UInt64(clamping: span.nanoseconds / 1_000)
        self.histograms[place].record(min(microseconds, Self.longest), count: UInt64(times))
    }

    private mutating func place(_ index: Int) -> Int {
        if self.places[index] < 0 {
            self.places[index] = self.histograms.count
            self.histograms.append(Histogram(highestTrackableValue: Self.longest))
        }
        return self.places[index]
    }

    /// Adds what another loop has seen.
    mutating func merge(_ other: LatencyTable) {
        for index in other.places.indices where other.places[index] >= 0 {
            self.histograms[self.place(index)].add(other.histograms[other.places[index]])
        }
    }

    /// One row an operation and outcome that occurred, sorted.
    var rows: [LoadResult.Latency] {
        var rows: [LoadResult.Latency] = []
        for operation in Operation.allCases.sorted(by: { $0.name < $1.name }) {
            for outcome in Outcome.allCases.sorted(by: { $0.name < $1.name }) {
                let index = Int(operation.rawValue) * Outcome.allCases.count + Int(outcome.rawValue)
                guard self.places[index] >= 0 else { continue }
                rows.append(Self.row(operation, outcome, self.histograms[self.places[index]]))
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
