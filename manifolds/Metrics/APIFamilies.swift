import AgentResources
import Prometheus

/// Who is connected to this controller, and what they call.
enum APIFamilies {
    static func all(_ statistics: APIStatistics?) -> [MetricFamily] {
        let make = FamilyMaker(prefix: "holdfast_api_", statistics: statistics)
        return [
            make.family("connections", .gauge, "Clients connected.") { statistics in
                statistics.connections.map { MetricSample(["endpoint": $0.endpoint], count: $0.open) }
            },
            make.family("connections_opened", .counter, "Clients that have connected.") { statistics in
                statistics.connections.map { MetricSample(["endpoint": $0.endpoint], count: $0.opened) }
            },
            make.family("calls", .counter, "Calls answered, by the error they were answered with.") { statistics in
                statistics.calls.map { calls in
                    MetricSample(
                        [
                            "facade": calls.facade, "version": "\(calls.version)", "method": calls.method,
                            "error_code": calls.errorCode,
                        ],
                        count: calls.count
                    )
                }
            },
            make.family("call_seconds", .histogram, "How long calls took, from having been read to their answer.") {
                statistics in
                statistics.times.map { times in
                    MetricSample(
                        ["facade": times.facade, "version": "\(times.version)", "method": times.method],
                        distribution: Distribution(times.seconds)
                    )
                }
            },
            make.gauge("calls_in_flight", "Calls not answered yet.") { $0.callsInFlight },
        ]
    }
}
