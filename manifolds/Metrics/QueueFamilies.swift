import AgentResources
import Leases
import Prometheus

/// What waits for the log on this controller, and what was turned away.
enum QueueFamilies {
    /// What the queue tells in one look.
    struct Look {
        var statistics: OperationStatistics
        var load: OperationLoad
    }

    static func all(_ operations: (any Operations)?) -> [MetricFamily] {
        let look = operations.map { Look(statistics: $0.statistics, load: $0.load) }
        let make = FamilyMaker(prefix: "holdfast_", statistics: look)
        return [
            make.family("queue_operations", .gauge, "Operations that wait for a log entry.") {
                self.each($0) { MetricSample($0, count: $1.queued) }
            },
            make.family("queue_bytes", .gauge, "What those would take in log entries.") {
                self.each($0) { MetricSample($0, count: $1.queuedBytes) }
            },
            make.family("queue_admitted", .counter, "Operations taken into the queue.") {
                self.each($0) { MetricSample($0, count: $1.admitted) }
            },
            make.family("queue_sealed", .counter, "Operations put into log entries.") {
                self.each($0) { MetricSample($0, count: $1.sealed) }
            },
            make.family("queue_coalesced", .counter, "Extensions sealed as part of another one of the same lease.") {
                self.each($0) { MetricSample($0, count: $1.coalesced) }
            },
            make.family("shed", .counter, "Operations turned away before they were in any log.", self.shed),
            make.family("queue_wait_seconds", .histogram, "How long sealed operations had waited.") {
                self.each($0) { MetricSample($0, distribution: Distribution($1.sojourn)) }
            },
            make.counter("queue_seals", "Log entries filled.") { $0.statistics.seals },
            make.family("queue_cycle_seconds", .gauge, "How long the log takes for one entry, smoothed.") {
                [MetricSample(real: $0.statistics.cycleSeconds)]
            },
            make.family("admission_level", .gauge, "The share of leases whose extensions are taken just now.") {
                [MetricSample(["class": "extend"], real: Double($0.load.extendLevel) / 128)]
            },
            make.family("retry_after_seconds", .gauge, "When claims may come again; 0 while they are taken.") {
                [MetricSample(["class": "claim"], real: Double($0.load.claimRetryAfterMilliseconds ?? 0) / 1_000)]
            },
            make.family("stretch_ratio", .gauge, "How much longer extensions last than asked for.") {
                [MetricSample(real: Double($0.load.stretchPercent) / 100)]
            },
        ]
    }

    private static func each(
        _ look: Look,
        _ sample: (KeyValuePairs<String, String>, OperationStatistics.Class) -> MetricSample
    ) -> [MetricSample] {
        OperationClass.allCases.map { sample(["class": MetricLabel.value(of: $0)], look.statistics[$0]) }
    }

    private static func shed(_ look: Look) -> [MetricSample] {
        OperationClass.allCases.flatMap { kind -> [MetricSample] in
            let counts = look.statistics[kind]
            let reasons: KeyValuePairs = [
                "full": counts.refused.full, "late": counts.refused.late, "unfair": counts.refused.unfair,
                "sacrificed": counts.refused.sacrificed, "sloughed": counts.refused.sloughed,
                "expired": counts.expired, "abandoned": counts.abandoned,
            ]
            return reasons.map {
                MetricSample(["class": MetricLabel.value(of: kind), "reason": $0.key], count: $0.value)
            }
        }
    }
}

extension Distribution {
    fileprivate init(_ waits: SojournHistogram) {
        self.init(bounds: SojournHistogram.bounds, counts: waits.counts, sum: waits.totalSeconds)
    }
}
