import AgentResources
import Leases
import Prometheus

/// How this controller stands in its cluster, and what its log costs.
enum RaftFamilies {
    static func all(_ statistics: RaftStatistics?) -> [MetricFamily] {
        self.standing(statistics) + self.log(statistics) + self.replica(statistics)
    }

    private static func standing(_ statistics: RaftStatistics?) -> [MetricFamily] {
        let make = FamilyMaker(prefix: "holdfast_raft_", statistics: statistics)
        return [
            make.family("state", .gauge, "1 for what this controller is in its cluster, 0 for what it is not.") {
                statistics in
                [RaftRole.leader, .follower, .candidate, .standby].map {
                    MetricSample(["state": $0.rawValue], count: statistics.status.role == $0 ? 1 : 0)
                }
            },
            make.gauge("has_leader", "1 while this controller knows who leads.") { $0.status.leader == nil ? 0 : 1 },
            make.gauge("serving", "1 on a leader that has applied everything of earlier terms.") {
                $0.status.isServing ? 1 : 0
            },
            make.gauge("term", "The current term.") { $0.status.term },
            make.gauge("commit_index", "The last entry known to be committed.") { $0.status.commitIndex },
            make.gauge("applied_index", "The last entry applied here.") { $0.status.appliedIndex },
            make.counter("leader_changes", "How often another leader, or another term of one, became known.") {
                $0.leaderChanges
            },
            make.family("peer_contact_seconds", .gauge, "Since a peer was last heard.") { statistics in
                statistics.peerSilence.sorted { $0.key < $1.key }
                    .map { MetricSample(["peer": "\($0.key)"], real: $0.value) }
            },
            make.counter("refused_events", "Events the consensus core refused, having changed nothing.") {
                $0.refusedEvents
            },
            make.family("guard_trips", .counter, "How often a guard of the core refused or corrected something.") {
                statistics in
                statistics.guardTrips.sorted { $0.key < $1.key }
                    .map { MetricSample(["guard": $0.key], count: $0.value) }
            },
        ]
    }

    private static func log(_ statistics: RaftStatistics?) -> [MetricFamily] {
        let make = FamilyMaker(prefix: "holdfast_", statistics: statistics)
        func histogram(_ name: String, _ help: String, _ value: (RaftStatistics) -> FixedHistogram) -> MetricFamily {
            make.family(name, .histogram, help) { [MetricSample(distribution: Distribution(value($0)))] }
        }
        func seconds(_ name: String, _ help: String, _ value: (RaftStatistics) -> Double) -> MetricFamily {
            make.family(name, .gauge, help) { [MetricSample(real: value($0))] }
        }
        return [
            make.counter("batches", "Log entries sealed here.") { $0.sealedEntries },
            make.counter("batch_operations_sealed", "Operations in those entries.") { $0.sealedOperations },
            make.counter("batch_reads_sealed", "Reads that rode on those entries.") { $0.sealedReads },
            make.counter("batch_sealed_bytes", "What those entries took.") { $0.sealedBytes },
            histogram("batch_operations", "Operations and reads of an entry.") { $0.batchSizes },
            histogram("batch_commit_seconds", "From sealing an entry to having applied it.") { $0.commitTimes },
            histogram("disk_write_seconds", "One durable write of entries.") { $0.appendTimes },
            histogram("disk_vote_seconds", "One durable write of a term and vote.") { $0.voteTimes },
            make.counter("snapshots", "Snapshots taken here.") { $0.snapshots },
            seconds("snapshot_seconds", "How long the last snapshot took to be encoded, beside the loop.") {
                $0.snapshotSeconds
            },
            make.gauge("snapshot_bytes", "The size of the last snapshot.") { $0.snapshotBytes },
            seconds(
                "snapshot_pause_seconds",
                "The longest that applying one entry took while the last snapshot was written."
            ) {
                $0.snapshotPauseSeconds
            },
            seconds(
                "snapshot_pause_max_seconds",
                "The longest that applying one entry took while any snapshot was written."
            ) {
                $0.worstSnapshotPauseSeconds
            },
        ]
    }

    private static func replica(_ statistics: RaftStatistics?) -> [MetricFamily] {
        let make = FamilyMaker(prefix: "holdfast_", statistics: statistics)
        func byNamespace(
            _ name: String,
            _ kind: MetricFamily.Kind,
            _ help: String,
            _ counts: (RaftStatistics) -> NamespaceCounts
        ) -> MetricFamily {
            make.family(name, kind, help) { statistics in
                let counts = counts(statistics)
                return NamespaceKind.allCases.map { MetricSample(["namespace": $0.rawValue], count: counts[$0]) }
            }
        }
        return [
            byNamespace("leases", .gauge, "Leases held, as this replica has it.") { $0.heldLeases },
            make.gauge("pins", "Pins standing, as this replica has it.") { $0.pins },
            make.gauge("remembered_results", "Results of operations kept for retries.") { $0.rememberedResults },
            byNamespace("grants", .counter, "Leases granted to new holders by entries applied here.") { $0.grants },
            byNamespace("expiries", .counter, "Leases that ran out in entries applied here.") { $0.expiries },
            byNamespace("revokes", .counter, "Leases given up or taken in entries applied here.") { $0.revokes },
            make.family("lease_slack_seconds", .histogram, "How much of their time leases had left when extended.") {
                [MetricSample(distribution: Distribution($0.extensionSlack))]
            },
            make.family("clock_lag_seconds", .gauge, "How far the replicated time is behind.") {
                [MetricSample(real: $0.clockLagSeconds)]
            },
            make.family("clock_lag_max_seconds", .gauge, "The furthest it was behind while this leader served.") {
                [MetricSample(real: $0.worstClockLagSeconds)]
            },
            make.counter("clock_ticks", "Entries sealed only to let time pass.") { $0.ticks },
        ]
    }
}

extension Distribution {
    init(_ histogram: FixedHistogram) {
        self.init(bounds: histogram.bounds, counts: histogram.counts, sum: histogram.sum)
    }

    fileprivate init(_ slack: ExtensionSlack) {
        self.init(bounds: ExtensionSlack.bounds, counts: slack.counts, sum: slack.totalSeconds)
    }
}
