import HoldfastClient

/// How long a claim takes when nothing else goes on: one after the other, one a call, through each controller in turn.
struct ClaimBenchmark {
    let runs: Int
    let cluster: LocalCluster
    private static let claims = 600

    func measure() async throws -> [Figure] {
        let leader = try await self.cluster.leader()
        let ids = Array(1...self.cluster.ports.count)
        let clients = try ids.map { try self.cluster.client(of: [$0]) }
        var samples: [[Double]] = []
        var ofLeader: [[Double]] = []
        var ofFollowers: [[Double]] = []
        for run in 0...self.runs {
            var times: [(id: Int, milliseconds: Double)] = []
            for claim in 0..<Self.claims {
                let client = claim % ids.count
                let time = try await Self.claim("bench-\(run)-\(claim)", through: clients[client])
                times.append((ids[client], time.inMilliseconds))
            }
            // The first run connects, fills caches and lets the controllers settle.
            guard run > 0 else { continue }
            samples.append(times.map(\.milliseconds).sorted())
            ofLeader.append(times.filter { $0.id == leader }.map(\.milliseconds).sorted())
            ofFollowers.append(times.filter { $0.id != leader }.map(\.milliseconds).sorted())
        }
        for client in clients { await client.close() }
        return [
            Figure("lease.claim-p50", unit: "ms", samples.map { percentile(50, of: $0) }),
            Figure("lease.claim-p99", unit: "ms", samples.map { percentile(99, of: $0) }),
            Figure("lease.claim-leader-p50", unit: "ms", ofLeader.map { percentile(50, of: $0) }),
            Figure("lease.claim-follower-p50", unit: "ms", ofFollowers.map { percentile(50, of: $0) }),
        ]
    }

    private static func claim(_ name: String, through client: LeaseClient) async throws -> Duration {
        let begun = ContinuousClock.now
        let result = try await client.claim(Lease(name), holder: "bench", for: .seconds(60))
        let time = ContinuousClock.now - begun
        guard result.outcome == .applied else {
            throw BenchmarkError("the claim of \(name) came out as \(result.outcome), \(result.reason ?? "no reason")")
        }
        return time
    }
}
