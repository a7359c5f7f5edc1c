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
            let memory = try await Self.memory(of: cluster)
            let restarts = try await Self.restarts(of: cluster, leader: leader)
            let pauses = try await Self.pauses(of: cluster)
            // With the snapshots, a log behind them and results by the million.
            let renewedMemory = try await Self.memory(of: cluster)
            let renewedRestarts = try await Self.restarts(of: cluster, leader: try await cluster.leader())
            return [
                Figure("state.600k-load", unit: "1/s", [Double(Self.leases) / (loaded.inMilliseconds / 1_000)]),
                Figure("state.600k-memory", unit: "MB", memory),
                Figure("state.600k-snapshot-pause", unit: "ms", pauses),
                Figure("state.600k-restart", unit: "ms", restarts),
                Figure("state.600k-renewed-memory", unit: "MB", renewedMemory),
                Figure("state.600k-renewed-restart", unit: "ms", renewedRestarts),
            ]
        }
    }

    /// Of each controller, in megabytes.
    private static func memory(of cluster: LocalCluster) async throws -> [Double] {
        try await cluster.processFigures().values.map { Double($0.residentBytes) / 1e6 }
    }

    /// The followers': the cluster serves meanwhile, and what is measured is a controller's own way back.
    private static func restarts(of cluster: LocalCluster, leader: Int) async throws -> [Double] {
        var restarts: [Double] = []
        for id in 1...3 where id != leader {
            restarts.append(try await Self.restart(id, of: cluster).inMilliseconds)
        }
        return restarts
    }

    /// Claims them all; returns how long it took.
    private static func load(_ cluster: LocalCluster) async throws -> Duration {
        let begun = ContinuousClock.now
        try await Self.all(cluster, atOnce: 8) { try await $0.claim($1, timeout: .seconds(20)) }
        return ContinuousClock.now - begun
    }

    /// Extends them all, again and again, until each controller has written a snapshot meanwhile; returns the longest entry
    /// beside it, in milliseconds. Two calls at a time leave the processor some rest: with full cores an entry takes as
    /// long as it waits for one.
    private static func pauses(of cluster: LocalCluster) async throws -> [Double] {
        for _ in 0..<20 {
            try await Self.all(cluster, atOnce: 2) { try await $0.extend($1, timeout: .seconds(20)) }
            var pauses: [Double] = []
            for id in 1...3 {
                let scraped = try await cluster.metrics(of: id)
                guard scraped.sum(of: "holdfast_snapshots_total") ?? 0 >= 1 else { break }
                pauses.append((scraped.sum(of: "holdfast_snapshot_pause_max_seconds") ?? 0) * 1_000)
            }
            if pauses.count == 3 { return pauses }
        }
        throw BenchmarkError("a controller has written no snapshot after twenty extensions of all leases")
    }

    private typealias Call = @Sendable (LeaseClient, [ClaimRequest]) async throws -> [LeaseResult]

    /// Calls for all leases, a thousand a call.
    private static func all(_ cluster: LocalCluster, atOnce workers: Int, _ perform: @escaping Call) async throws {
        let clients = try (1...3).map { try cluster.client(of: [$0]) }
        try await withThrowingTaskGroup { group in
            for worker in 0..<workers {
                let client = clients[worker % clients.count]
                group.addTask {
                    for call in stride(from: worker, to: Self.leases / Self.bulk, by: workers) {
                        try await Self.hold(call, through: client, perform)
                    }
                }
            }
            try await group.waitForAll()
        }
        for client in clients { await client.close() }
    }

    private static func hold(_ call: Int, through client: LeaseClient, _ perform: Call) async throws {
        var open = (0..<Self.bulk).map { index in
            ClaimRequest(Lease("many-\(call * Self.bulk + index)"), holder: "bench-\(index)/0", for: .seconds(3_600))
        }
        // What is refused for load comes again with the same id.
        for _ in 0..<50 where !open.isEmpty {
            let results = try await perform(client, open)
            open = zip(open, results).filter { $0.1.outcome != .applied }.map(\.0)
            if !open.isEmpty { try await Task.sleep(for: .milliseconds(200), clock: .continuous) }
        }
        guard open.isEmpty else { throw BenchmarkError("\(open.count) of the leases could not be held") }
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
