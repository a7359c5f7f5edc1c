import HoldfastClient
import Prometheus

/// 600,000 leases in three controllers: memory, the longest pause a snapshot makes, and the way from restart to serving.
struct ManyLeasesBenchmark {
    let children: ChildProcesses
    private static let leases = 600_000
    private static let bulk = 1_000

    func measure() async throws -> [Figure] {
        try await LocalCluster.with(controllers: 3, self.children) { cluster in
            let loaded = try await Self.load(cluster)
            let leader = try await cluster.leader()
            let memory = try await cluster.processFigures().values.map { Double($0.residentBytes) / 1e6 }
            var pauses: [Double] = []
            for id in 1...3 {
                let scraped = try await cluster.metrics(of: id)
                pauses.append((scraped.sum(of: "holdfast_snapshot_pause_max_seconds") ?? 0) * 1_000)
            }
            // A follower: the cluster serves meanwhile, and what is measured is its own way back.
            var restarts: [Double] = []
            for id in 1...3 where id != leader {
                restarts.append(try await Self.restart(id, of: cluster).inMilliseconds)
            }
            return [
                Figure("state.600k-load", unit: "1/s", [Double(Self.leases) / (loaded.inMilliseconds / 1_000)]),
                Figure("state.600k-memory", unit: "MB", memory),
                Figure("state.600k-snapshot-pause", unit: "ms", pauses),
                Figure("state.600k-restart", unit: "ms", restarts),
            ]
        }
    }

    /// Claims them all, a thousand a call, eight calls at a time.
    private static func load(_ cluster: LocalCluster) async throws -> Duration {
        let clients = try (1...3).map { try cluster.client(of: [$0]) }
        let begun = ContinuousClock.now
        try await withThrowingTaskGroup { group in
            for worker in 0..<8 {
                let client = clients[worker % clients.count]
                group.addTask {
                    for call in stride(from: worker, to: Self.leases / Self.bulk, by: 8) {
                        try await Self.claim(call, through: client)
                    }
                }
            }
            try await group.waitForAll()
        }
        let took = ContinuousClock.now - begun
        for client in clients { await client.close() }
        return took
    }

    private static func claim(_ call: Int, through client: LeaseClient) async throws {
        var open = (0..<Self.bulk).map { index in
            ClaimRequest(Lease("many-\(call * Self.bulk + index)"), holder: "bench-\(index)/0", for: .seconds(3_600))
        }
        // What is refused for load comes again with the same id.
        for _ in 0..<50 where !open.isEmpty {
            let results = try await client.claim(open, timeout: .seconds(20))
            open = zip(open, results).filter { $0.1.outcome != .applied }.map(\.0)
            if !open.isEmpty { try await Task.sleep(for: .milliseconds(200), clock: .continuous) }
        }
        guard open.isEmpty else { throw BenchmarkError("\(open.count) of the leases could not be claimed") }
    }

    /// From exec until the controller itself answers what is asked of the replicated state.
    private static func restart(_ id: Int, of cluster: LocalCluster) async throws -> Duration {
        await cluster.stopController(id)
        let begun = ContinuousClock.now
        try await cluster.startController(id)
        let client = try cluster.client(of: [id])
        while !LoopbackPorts.isOpen(cluster.ports[id - 1]) {
            guard ContinuousClock.now - begun < .seconds(60) else {
                throw BenchmarkError("controller \(id) does not listen after 60 s")
            }
            try await Task.sleep(for: .milliseconds(2), clock: .continuous)
        }
        let result = try await client.claim(
            Lease("restarted-\(id)"),
            holder: "bench",
            for: .seconds(60),
            timeout: .seconds(60)
        )
        let took = ContinuousClock.now - begun
        await client.close()
        guard result.outcome == .applied else {
            throw BenchmarkError("the claim after the restart was \(result.outcome)")
        }
        return took
    }
}
