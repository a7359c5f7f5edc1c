import ClusterIdentity
import RPC
import Testing

@Suite(.serialized) struct FailoverTests {
    @Test("any controller grants a lease, and refuses it to another with the holder's name")
    func claim() async throws {
        let cluster = try TestCluster()
        try await cluster.leader()
        for server in cluster.servers {
            let client = try await cluster.connect(server.id)
            let lease = "db-\(server.id)"
            let granted = try await client.claim(lease, holder: "a")
            #expect(granted.outcome == "applied")
            #expect((granted.token ?? 0) > 0)
            let refused = try await client.claim(lease, holder: "b")
            #expect(refused.outcome == "held")
            #expect(refused.holder == "a")
            #expect(refused.token == granted.token)
            await client.close()
        }
    }

    @Test("guarantees 1 and 2: a lease outlives its leader's death, and the next grant's token is larger")
    func leaderKilled() async throws {
        let cluster = try TestCluster()
        let leader = try await cluster.leader()
        let before = try await cluster.connectToAny(except: [leader])
        let granted = try await before.claim("db", holder: "a")
        #expect(granted.outcome == "applied")
        cluster.kill9(leader)
        // The same connection: its controller finds the new leader and answers.
        let refused = try await eventually("the new leader answers") {
            let reply = try await before.claim("db", holder: "b")
            return reply.outcome == "never" || reply.outcome == "unknown" ? nil : reply
        }
        #expect(refused.outcome == "held")
        #expect(refused.holder == "a")
        let next = try await before.claim("other", holder: "b")
        #expect(next.outcome == "applied")
        #expect((next.token ?? 0) > (granted.token ?? .max))
        await before.close()
    }

    @Test("guarantees 1 and 2: after every controller was killed at once, leases are their holders' and tokens grow")
    func allKilled() async throws {
        let cluster = try TestCluster()
        try await cluster.leader()
        let before = try await cluster.connectToAny()
        let granted = try await before.claim("db", holder: "a", milliseconds: 60_000)
        #expect(granted.outcome == "applied")
        for server in cluster.servers { cluster.kill9(server.id) }
        for server in cluster.servers { try cluster.start(server.id) }
        try await cluster.leader()
        let after = try await cluster.connectToAny()
        let held = try await after.check("db")
        #expect(held.outcome == "held")
        #expect(held.holder == "a")
        #expect(held.token == granted.token)
        let next = try await after.claim("other", holder: "b")
        #expect((next.token ?? 0) > (granted.token ?? .max))
        await after.close()
    }

    @Test("a controller that is asked to stop ends with status 0, and the others serve on")
    func plannedStop() async throws {
        let cluster = try TestCluster()
        let leader = try await cluster.leader()
        let client = try await cluster.connectToAny(except: [leader])
        #expect(cluster.terminate(leader) == 0)
        let granted = try await eventually("the new leader answers") {
            let reply = try await client.claim("db", holder: "a")
            return reply.outcome == "applied" ? reply : nil
        }
        #expect(granted.outcome == "applied")
        await client.close()
    }
}
