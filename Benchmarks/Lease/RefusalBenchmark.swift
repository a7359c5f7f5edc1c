import LoadReport

/// What a refused operation costs the controllers beside one that is applied, in processor time.
///
/// Capacity is set by an injected commit time. First everything offered fits; then claims are offered far beyond it, and then
/// three times as many, of which no more are granted: what the controllers use more, divided by what they refuse more, is
/// the cost of a refusal.
struct RefusalBenchmark {
    let runs: Int
    let children: ChildProcesses

    func measure() async throws -> [Figure] {
        let settings = ClusterSettings(appendMilliseconds: 20, batchOperations: 32)
        return try await LocalCluster.with(settings, self.children) { cluster in
            let load = LoadProcess(cluster: cluster, children: self.children)
            var applied: [Double] = []
            var refused: [Double] = []
            for _ in 0..<min(self.runs, 3) {
                let light = try await load.run(Self.arguments(rate: 400))
                let heavy = try await load.run(Self.arguments(rate: 5_000))
                let heavier = try await load.run(Self.arguments(rate: 15_000))
                applied.append(light.controllerSeconds / Double(max(light.answered(\.goodput), 1)) * 1e6)
                let more = heavier.answered { $0.refusals + $0.held } - heavy.answered { $0.refusals + $0.held }
                refused.append((heavier.controllerSeconds - heavy.controllerSeconds) / Double(max(more, 1)) * 1e6)
            }
            return [
                Figure("lease.applied-cost", unit: "µs", applied), Figure("lease.refusal-cost", unit: "µs", refused),
            ]
        }
    }

    private static func arguments(rate: Int) -> [String] {
        [
            "--mix", "claim=1", "--rate", "\(rate)", "--for", "8s", "--connections", "96", "--arrivals", "constant",
            "--timeout", "2s", "--fresh-time", "2s",
        ]
    }
}

extension LoadResult {
    /// Processor time of the controllers during the run.
    fileprivate var controllerSeconds: Double {
        self.processes.filter { !$0.isSelf }.reduce(0) { $0 + $1.cpuSeconds }
    }

    fileprivate func answered(_ count: (ClassCounts) -> Int) -> Int {
        self.classes.values.reduce(0) { $0 + count($1) }
    }
}
