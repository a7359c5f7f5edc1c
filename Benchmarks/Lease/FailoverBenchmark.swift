import HoldfastClient

/// How long after the leader's death by signal 9 the next claim is granted, whoever asks.
struct FailoverBenchmark {
    let runs: Int
    let cluster: LocalCluster

    func measure() async throws -> [Figure] {
        var samples: [Double] = []
        for run in 0..<self.runs { samples.append(try await self.sample(run).inMilliseconds) }
        return [Figure("raft.failover", unit: "ms", samples)]
    }

    private func sample(_ run: Int) async throws -> Duration {
        let leader = try await self.cluster.leader()
        let followers = (1...self.cluster.ports.count).filter { $0 != leader }
        let clients = try followers.map { try self.cluster.client(of: [$0]) }
        // Connected and known to work before anything dies.
        for (index, client) in clients.enumerated() {
            _ = try await client.claim(Lease("failover-\(run)-\(index)"), holder: "bench", for: .seconds(60))
        }
        let killed = ContinuousClock.now
        await self.cluster.killController(leader)
        let granted = try await Self.firstGrant(through: clients, prefix: "failover-\(run)")
        for client in clients { await client.close() }
        try await self.cluster.startController(leader)
        _ = try await self.cluster.leader()
        return granted - killed
    }

    /// Claims another lease every few milliseconds through each client until one is granted: one that was on its way when
    /// the leader died may be lost, and its own retry would measure the retry's pause.
    private static func firstGrant(
        through clients: [LeaseClient],
        prefix: String
    ) async throws -> ContinuousClock.Instant {
        let begun = ContinuousClock.now
        return try await withThrowingTaskGroup(of: ContinuousClock.Instant?.self) { probes in
            defer { probes.cancelAll() }
            for probe in 0..<Self.probes {
                for (index, client) in clients.enumerated() {
                    probes.addTask {
                        try await Task.sleep(until: begun + Self.interval * probe, clock: .continuous)
                        let lease = Lease("\(prefix)-\(index)-\(probe)")
                        let result = try? await client.claim(lease, holder: "bench", for: .seconds(60))
                        return result?.outcome == .applied ? .now : nil
                    }
                }
            }
            while let ended = try await probes.next() {
                if let granted = ended { return granted }
            }
            throw BenchmarkError("no claim was granted within 15 s of the leader's death")
        }
    }

    private static let interval = Duration.milliseconds(20)
    private static let probes = 500
}
