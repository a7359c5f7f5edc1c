import NIOCore
import NIOHTTP1
import Prometheus
import RPC
import Testing

@Suite struct MetricsTests {
    @Test("a controller's metrics can be read without a login, and are well formed")
    func wellFormed() async throws {
        let cluster = try TestCluster(size: 1)
        try await cluster.leader()
        let scraped = try await cluster.metrics(1)
        #expect(scraped.sum(of: "holdfast_raft_state", ["state": "leader"]) == 1)
        #expect(scraped.sum(of: "holdfast_build_info") == 1)
        #expect(scraped.sum(of: "holdfast_engine_starts_total", ["manifold": "raft"]) == 1)
        #expect(scraped.sum(of: "holdfast_engine_state", ["manifold": "raft", "state": "ready"]) == 1)
        let client = try await cluster.connect(1)
        _ = try await client.claim("metered", holder: "a")
        _ = try? await client.call(facade: "Metered", version: 1, method: "Metered")
        let counted = try await eventually("the calls are counted") {
            let scraped = try await cluster.metrics(1)
            let others = scraped.sum(
                of: "holdfast_api_calls_total",
                ["facade": "other", "error_code": "not implemented"]
            )
            return others == 1 ? scraped : nil
        }
        #expect(counted.sum(of: "holdfast_api_calls_total", ["method": "Claim", "error_code": ""]) == 1)
        #expect(counted.sum(of: "holdfast_api_connections") == 1)
        #expect(!counted.series.contains { $0.labels.values.contains { $0.lowercased().contains("metered") } })
        await client.close()
        #expect(scraped.sum(of: "holdfast_metrics_cut_series") == 0)
    }

    @Test("the page does not grow with namespaces and leases, and names none of them")
    func bounded() async throws {
        let cluster = try TestCluster(size: 1)
        try await cluster.leader()
        let client = try await cluster.connect(1)
        try await Self.claim(in: 0..<2, through: client)
        let before = try await cluster.metrics(1).series.count
        try await Self.claim(in: 2..<200, through: client)
        let after = try await eventually("a newer page") {
            let scraped = try await cluster.metrics(1)
            return scraped.sum(of: "holdfast_raft_applied_index") ?? 0 > 100 ? scraped : nil
        }
        #expect(after.series.count <= before + 60, "only kinds of calls and their outcomes may come in")
        #expect(!after.series.contains { $0.labels.values.contains { $0.contains("metered") } })
        await client.close()
    }

    /// One lease in each of many namespaces.
    private static func claim(in namespaces: Range<Int>, through client: RPCClient) async throws {
        for namespace in namespaces {
            let answer = try await client.call(
                facade: "Lease",
                version: 1,
                method: "Claim",
                params: [
                    "leases": [
                        [
                            "lease": .string("metered-\(namespace)"), "holder": "metered", "duration-ms": 60_000,
                            "namespace": .string("metered-\(namespace)"),
                        ]
                    ]
                ]
            )
            #expect(try LeaseReply(answer).outcome == "applied")
        }
    }
}

extension TestCluster {
    /// What a scrape of one controller gets now.
    func metrics(_ id: UInt64) async throws -> ScrapedMetrics {
        let answer = try await self.get("/metrics", of: id)
        #expect(answer.status == .ok)
        #expect(answer.headers.first(name: "content-type") == Exposition.contentType)
        return try ScrapedMetrics(String(buffer: answer.body))
    }
}
