import ClusterIdentity
import Foundation
import RPC
import Testing

@Suite(.serialized) struct TransportTests {
    @Test(
        "claims through a follower are granted, and again soon after the leader's death, by either transport",
        arguments: ["api", "pubsub"]
    )
    func leaderKilled(_ transport: String) async throws {
        let cluster = try TestCluster(start: false)
        for server in cluster.servers {
            try cluster.configure(server.id, ["lease-transport": transport])
            try cluster.start(server.id)
        }
        let leader = try await cluster.leader()
        let follower = try await cluster.connectToAny(except: [leader])
        let first = try await follower.claim("db", holder: "a")
        #expect(first.outcome == "applied")
        cluster.kill9(leader)
        let next = try await eventually("the new leader answers") {
            let reply = try await follower.claim("other", holder: "b")
            return reply.outcome == "applied" ? reply : nil
        }
        #expect((next.token ?? 0) > (first.token ?? .max))
        await follower.close()
    }

    @Test("guarantee 3: a switch of the transport under load bounces the transport alone, and loses no operation")
    func switching() async throws {
        let cluster = try TestCluster()
        let leader = try await cluster.leader()
        let follower = try #require(cluster.servers.first { $0.id != leader }?.id)
        let client = try await cluster.connect(follower)
        let others = ["raft", "lease-manager", "apiserver", "central-hub", "operation-hub", "pubsub-forwarder"]
        var before: [String: Int64] = [:]
        for worker in others { before[worker] = try await client.startCount(of: worker) }
        var starts = try await client.startCount(of: "lease-transport")
        // Each round claims and gives up leases under way while the transport changes beneath them.
        for transport in ["pubsub", "api", "pubsub"] {
            try cluster.configure(follower, ["lease-transport": transport])
            let name = "\(transport)-\(starts)"
            async let load: Void = Self.load(client, name)
            cluster.reload(follower)
            let expected = starts + 1
            try await eventually("the transport is \(transport)") {
                try await client.startCount(of: "lease-transport") == expected
            }
            try await load
            starts = expected
        }
        for worker in others { #expect(try await client.startCount(of: worker) == before[worker]) }
        // What cannot change while the agent runs is said, and a bad file changes nothing.
        try cluster.configure(follower, ["lease-transport": "pigeon"])
        cluster.reload(follower)
        try await eventually("the bad file is refused") { cluster.log(follower).contains("nothing changes") }
        try cluster.configure(follower, ["lease-transport": "pubsub", "raft": ["heartbeat-ms": 60]])
        cluster.reload(follower)
        try await eventually("the rest is named") { cluster.log(follower).contains("raft.heartbeat-ms") }
        #expect(try await client.startCount(of: "lease-transport") == starts)
        await client.close()
    }

    private static func load(_ client: RPCClient, _ name: String) async throws {
        for round in 0..<40 {
            let reply = try await client.claim("\(name)-\(round)", holder: "a")
            #expect(reply.outcome == "applied", "\(name), round \(round): \(reply)")
        }
    }
}
