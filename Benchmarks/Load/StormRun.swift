import LoadReport

/// One storm against a cluster of its own.
struct StormRun: Sendable {
    let children: ChildProcesses
    var transport = ClusterSettings.Transport.api
    /// By signal 9, in the middle of the storm.
    var killsLeader = false
    /// Shortens everything, for a look whether it works.
    var isQuick = false
    /// Operations a call; see `StormPlan.bulk`.
    var bulk = 1

    /// What came of it.
    struct Outcome: Sendable {
        var plan: StormPlan
        var result: LoadResult
        var phases: [StormPhase]
        /// From the step down until a second in which nothing is refused and p99 is within twice that of before; `nil` when
        /// there was none.
        var recoverySeconds: Double?
        /// From the leader's death until a second with as much goodput as before it, nearly; `nil` when it was not killed,
        /// or there was none.
        var goodputBackSeconds: Double?

        /// What was sent in the storm, in multiples of the capacity: the load's own share of the processor bounds it.
        var factor: Double { (self.storm?.sent ?? 0) / self.plan.capacity }
        /// Of the capacity, in percent.
        var stormGoodput: Double { 100 * (self.storm?.goodput.values.reduce(0, +) ?? 0) / self.plan.capacity }

        private var storm: StormPhase? { self.phases.first { $0.name == StormPhase.stormName } }
    }

    func measure(label: String) async throws -> Outcome {
        var settings = StormPlan.settings(bulk: self.bulk)
        settings.transport = self.transport
        return try await LocalCluster.with(settings, self.children) { cluster in
            let load = LoadProcess(cluster: cluster, children: self.children)
            let probe = try await load.run(
                StormPlan.capacityArguments(seconds: self.isQuick ? 5 : 10, bulk: self.bulk),
                label: "capacity"
            )
            let capacity = ["claim", "extend", "critical"].reduce(0) { $0 + probe.goodput(of: $1, from: 2) }
            guard capacity > 10 else { throw BenchmarkError("the cluster granted \(capacity) operations a second") }
            var plan = StormPlan(capacity: capacity, bulk: self.bulk)
            if self.isQuick { (plan.before, plan.storm, plan.after) = (4, 6, 5) }
            let running = try await load.start(plan.arguments, label: label)
            if self.killsLeader {
                let leader = try await cluster.leader()
                try await Task.sleep(for: .seconds(plan.peak), clock: .continuous)
                await cluster.killController(leader)
            }
            let result = try await running.result()
            return Outcome(
                plan: plan,
                result: result,
                phases: StormPhase.all(of: result, plan),
                recoverySeconds: StormPhase.recovery(of: result, plan),
                goodputBackSeconds: self.killsLeader ? StormPhase.goodputBack(of: result, plan) : nil
            )
        }
    }
}
