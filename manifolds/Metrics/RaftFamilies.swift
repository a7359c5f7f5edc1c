import AgentResources
import Prometheus

/// How this controller stands in its cluster.
enum RaftFamilies {
    static func all(_ status: RaftStatus?) -> [MetricFamily] {
        func gauge(_ name: String, _ help: String, _ value: (RaftStatus) -> some BinaryInteger) -> MetricFamily {
            let samples = status.map { [MetricSample(count: value($0))] } ?? []
            return MetricFamily("holdfast_raft_\(name)", .gauge, help: help, samples: samples)
        }
        return [
            MetricFamily(
                "holdfast_raft_state",
                .gauge,
                help: "1 for what this controller is in its cluster, 0 for what it is not.",
                samples: status.map { status in
                    [RaftRole.leader, .follower, .candidate, .standby].map {
                        MetricSample(["state": $0.rawValue], count: status.role == $0 ? 1 : 0)
                    }
                } ?? []
            ),
            gauge("has_leader", "1 while this controller knows who leads.") { $0.leader == nil ? 0 : 1 },
            gauge("serving", "1 on a leader that has applied everything of earlier terms.") { $0.isServing ? 1 : 0 },
            gauge("term", "The current term.") { $0.term },
            gauge("commit_index", "The last entry known to be committed.") { $0.commitIndex },
            gauge("applied_index", "The last entry applied here.") { $0.appliedIndex },
        ]
    }
}
