import AgentResources
import Prometheus

/// What clients ask of this controller's lease manager, and what becomes of it.
enum LeaseFamilies {
    static func all(_ statistics: LeaseStatistics?) -> [MetricFamily] {
        let make = FamilyMaker(prefix: "holdfast_", statistics: statistics)
        return [
            make.family("operations", .counter, "Operations clients asked for here, by how they ended.") { statistics in
                LeaseStatistics.Kind.allCases.flatMap { kind in
                    LeaseStatistics.Outcome.allCases.map { outcome in
                        MetricSample(
                            ["operation": MetricLabel.value(of: kind), "result": MetricLabel.value(of: outcome)],
                            count: statistics[kind, outcome]
                        )
                    }
                }
            },
            make.counter("lease_calls", "Calls to the lease manager; each holds many operations.") { $0.calls },
            make.gauge("lease_calls_open", "Calls not answered yet.") { $0.openCalls },
            make.counter("lease_held_locally", "Claims answered held from this controller's replica.") {
                $0.heldLocally
            },
            make.counter("lease_refused_at_door", "Operations refused because the leader takes none just now.") {
                $0.refusedAtDoor
            },
            make.counter("lease_retries", "Tries beyond an operation's first.") { $0.retries },
            make.counter("lease_barriers", "Reads asked of the leader, each for all who asked before it.") {
                $0.barriers
            },
            make.counter("lease_barrier_reads", "Reads those served.") { $0.barrierReads },
            make.gauge("lease_waiters", "Those who wait for leases to be free.") { $0.waiters },
            make.gauge("lease_awaited", "Leases they wait for.") { $0.awaitedLeases },
            make.counter("lease_wake_ups", "Waiters told that their lease is free.") { $0.wakeUps },
            make.gauge("lease_watchers", "Those who watch leases change hands.") { $0.watchers },
            make.gauge("lease_kept_changes", "Changes of holder kept for them.") { $0.keptChanges },
        ]
    }
}
