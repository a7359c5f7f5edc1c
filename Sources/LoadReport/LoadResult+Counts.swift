extension LoadResult {
    /// Whether the cluster kept its promises, and which it did not.
    package struct Verdict: Codable, Sendable, Hashable {
        package var isClean = true
        /// A sentence each.
        package var problems: [String] = []

        package init() {}

        package enum CodingKeys: String, CodingKey {
            case isClean = "clean"
            case problems
        }
    }

    /// How long operations of one kind with one outcome took, from when they were meant to begin.
    package struct Latency: Codable, Sendable, Hashable {
        package var operation: String
        package var outcome: String
        package var count: UInt64
        package var p50: Double
        package var p90: Double
        package var p99: Double
        package var p999: Double
        package var max: Double

        /// A row from its parts, in milliseconds.
        package init(
            operation: String,
            outcome: String,
            count: UInt64,
            p50: Double,
            p90: Double,
            p99: Double,
            p999: Double,
            max: Double
        ) {
            self.operation = operation
            self.outcome = outcome
            self.count = count
            self.p50 = p50
            self.p90 = p90
            self.p99 = p99
            self.p999 = p999
            self.max = max
        }

        package enum CodingKeys: String, CodingKey {
            case operation, outcome, count
            case p50 = "p50-ms"
            case p90 = "p90-ms"
            case p99 = "p99-ms"
            case p999 = "p99.9-ms"
            case max = "max-ms"
        }
    }

    /// What became of the operations of one class.
    package struct ClassCounts: Codable, Sendable, Hashable {
        /// That were meant to begin.
        package var offered = 0
        /// That were sent.
        package var started = 0
        /// That could not begin: too many were without an answer, or there was no connection.
        package var notSent = 0
        /// Granted.
        package var goodput = 0
        /// Denied, since another holds the lease.
        package var held = 0
        /// Refused or never to be applied, by reason.
        package var refused: [String: Int] = [:]
        /// Without an outcome: timed out here, connection lost, or answered `unknown`.
        package var unknown = 0
        /// Of what was granted, from when it was meant to begin; `nil` when nothing was.
        package var p50: Double?
        package var p99: Double?
        /// Of refusals.
        package var refusalP99: Double?

        package init() {}

        /// All refusals together.
        package var refusals: Int { self.refused.values.reduce(0, +) }

        package enum CodingKeys: String, CodingKey {
            case offered, started, goodput, held, refused, unknown
            case notSent = "not-sent"
            case p50 = "p50-ms"
            case p99 = "p99-ms"
            case refusalP99 = "refusal-p99-ms"
        }
    }
}
