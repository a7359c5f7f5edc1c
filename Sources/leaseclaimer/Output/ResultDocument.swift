import FoundationEssentials

/// The result of a run for programs: stable keys.
struct ResultDocument: Encodable, Sendable {
    struct Latency: Encodable, Sendable {
        var operation: String
        var outcome: String
        var count: UInt64
        var p50: Double
        var p90: Double
        var p99: Double
        var max: Double

        enum CodingKeys: String, CodingKey {
            case operation, outcome, count
            case p50 = "p50-ms"
            case p90 = "p90-ms"
            case p99 = "p99-ms"
            case max = "max-ms"
        }
    }

    var leases: Int
    var contenders: Int
    var controllers: Int
    var elapsed: Int64
    var held: Int
    var lost: Int
    var failedExtends: Int
    var heldByTwo: Int
    var tokensOutOfOrder: Int
    var longestGap: Int64
    var longestGapEnded: Int64
    var claimsGranted: Int
    var claimsDenied: Int
    var extendsGranted: Int
    var extendsRetried: Int
    var failures: [String: Int]
    var latencies: [Latency]

    enum CodingKeys: String, CodingKey {
        case leases, contenders, controllers, held, lost, failures, latencies
        case elapsed = "elapsed-ms"
        case failedExtends = "failed-extends"
        case heldByTwo = "held-by-two"
        case tokensOutOfOrder = "tokens-out-of-order"
        case longestGap = "longest-gap-ms"
        case longestGapEnded = "longest-gap-ended-ms"
        case claimsGranted = "claims-granted"
        case claimsDenied = "claims-denied"
        case extendsGranted = "extends-granted"
        case extendsRetried = "extends-retried"
    }

    init(_ result: LoadResult) {
        let statistics = result.statistics
        self.leases = result.options.leases
        self.contenders = result.options.total
        self.controllers = result.controllers
        self.elapsed = result.elapsed.wholeMilliseconds
        self.held = statistics.held
        self.lost = statistics.lost
        self.failedExtends = statistics.extendsFailed
        self.heldByTwo = statistics.ledger.overlaps.count
        self.tokensOutOfOrder = statistics.ledger.tokenViolations
        self.longestGap = statistics.gap.longest.wholeMilliseconds
        self.longestGapEnded = (statistics.gap.endedAt - result.start).wholeMilliseconds
        self.claimsGranted = statistics.claimsGranted
        self.claimsDenied = statistics.claimsDenied
        self.extendsGranted = statistics.extendsGranted
        self.extendsRetried = statistics.extendsRetried
        self.failures = statistics.failures
        self.latencies = statistics.latencies.rows.map {
            Latency(
                operation: $0.key.operation.rawValue,
                outcome: $0.key.outcome,
                count: $0.count,
                p50: $0.p50,
                p90: $0.p90,
                p99: $0.p99,
                max: $0.max
            )
        }
    }

    /// As JSON text.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
