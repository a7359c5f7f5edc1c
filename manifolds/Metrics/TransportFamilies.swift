import AgentResources
import Prometheus

/// How operations fare on their way from this controller to the leader.
enum TransportFamilies {
    static func all(_ statistics: LeaseTransportStatistics?) -> [MetricFamily] {
        let make = FamilyMaker(prefix: "holdfast_transport_", statistics: statistics)
        return [
            make.family("operations", .counter, "Operations carried to the leader, by how that ended.") { statistics in
                self.each { MetricSample($0, count: statistics[$1, $2].count) }
            },
            make.family("operation_seconds", .counter, "Time operations were on their way, all together.") {
                statistics in
                self.each { MetricSample($0, real: Double(statistics[$1, $2].milliseconds) / 1_000) }
            },
            make.counter("requests", "Requests sent to leaders; each carries many operations.") { $0.requests },
            make.counter("sent_operations", "Operations in those requests.") { $0.sentOperations },
            make.counter("repeats", "Requests whose answer was asked for again.") { $0.repeats },
            make.counter("reconnects", "Connections beyond the first to each leader.") { $0.reconnects },
            make.counter("dropped", "Operations refused here for want of room.") { $0.dropped },
            make.counter("stray_answers", "Answers that fitted nothing under way.") { $0.strayAnswers },
            make.gauge("queued", "Operations that wait to be sent.") { $0.queued },
            make.gauge("in_flight", "Operations sent and not answered.") { $0.inFlight },
        ]
    }

    private static func each(
        _ sample: (KeyValuePairs<String, String>, LeaseTransportStatistics.Operation, LeaseTransportStatistics.Result)
            -> MetricSample
    ) -> [MetricSample] {
        LeaseTransportStatistics.Operation.allCases.flatMap { operation in
            LeaseTransportStatistics.Result.allCases.map { result in
                sample(
                    ["operation": MetricLabel.value(of: operation), "result": MetricLabel.value(of: result)],
                    operation,
                    result
                )
            }
        }
    }
}
