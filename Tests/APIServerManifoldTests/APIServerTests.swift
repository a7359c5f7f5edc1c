import AgentResources
import ClusterIdentity
import Leases
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL
import RPC
import Testing

@testable import APIServerManifold

@Suite(.timeLimit(.minutes(1))) struct APIServerTests {
    private let claim: JSONValue = ["lease": "db", "holder": "a", "duration-ms": 30_000]

    @Test("a client logs in and claims a lease over TLS")
    func claims() async throws {
        let server = try await RunningServer(TestAgent(leases: FakeLeases()))
        let client = try await server.loggedIn()
        let answer = try await client.lease("Claim", ["leases": [self.claim]])
        #expect(answer["results"]?.array?.first?["outcome"] == "applied")
        await client.close()
        try await server.end()
    }

    @Test("how long calls took is counted by method, failures too, and what only a client named as other")
    func times() async throws {
        let server = try await RunningServer(TestAgent(leases: FakeLeases()))
        let client = try await server.loggedIn()
        for _ in 0..<3 { _ = try await client.lease("Claim", ["leases": [self.claim]]) }
        await #expect(throws: RPCFailure.self) { _ = try await client.lease("Claim", ["leases": 5]) }
        await #expect(throws: RPCFailure.self) {
            _ = try await client.call(facade: "Metered", version: 1, method: "Metered", params: [:])
        }
        let statistics = server.worker.output.statistics
        let claims = try #require(statistics.times.first { $0.facade == "Lease" && $0.method == "Claim" })
        #expect(claims.version == 1 && claims.seconds.count == 4)
        #expect(claims.seconds.sum > 0 && claims.seconds.bounds == FixedHistogram.calls)
        #expect(statistics.times.first { $0.facade == "other" }?.seconds.count == 1)
        #expect(statistics.times.first { $0.facade == "Admin" }?.seconds.count == 1)
        // As many as there are calls, each method once.
        #expect(Set(statistics.times.map { [$0.facade, $0.method] }).count == statistics.times.count)
        #expect(statistics.times.reduce(0) { $0 + $1.seconds.count } == statistics.calls.reduce(0) { $0 + $1.count })
        await client.close()
        try await server.end()
    }

    @Test("whatever a client gets wrong, its connection stays")
    func badInput() async throws {
        let server = try await RunningServer(TestAgent(leases: FakeLeases()))
        let client = try await server.client("/model/\(server.agent.identity.model)/api")
        await #expect(throws: RPCFailure.self) { _ = try await client.lease("Claim", [:]) }
        await #expect(throws: RPCFailure.wrongCredentials) { _ = try await client.logIn("wrong") }
        _ = try await client.logIn(server.agent.token)
        let bad: [(facade: String, version: Int, method: String, parameters: JSONValue, code: String)] = [
            ("Admin", 3, "Login", [:], ""),
            ("Nonsense", 1, "Claim", [:], "not implemented"),
            ("Lease", 9, "Claim", [:], "not implemented"),
            ("Lease", 1, "Steal", [:], "not implemented"),
            ("Lease", 1, "Claim", ["colour": "red"], "not valid"),
            ("Lease", 1, "Claim", ["leases": 5], "not valid"),
            ("Lease", 1, "Claim", ["leases": .array(Array(repeating: self.claim, count: 1_001))], "not valid"),
            ("Lease", 1, "Claim", ["leases": [], "timeout-ms": 1e300], "not valid"),
            ("Engine", 1, "Fail", ["name": "raft"], "forbidden"),
        ]
        for (facade, version, method, parameters, code) in bad {
            let error = await #expect(throws: RPCFailure.self) {
                _ = try await client.call(facade: facade, version: version, method: method, params: parameters)
            }
            #expect(error?.code == code)
        }
        let answer = try await client.lease(
            "Claim",
            [
                "leases": [
                    ["lease": "", "holder": "a", "duration-ms": 30_000],
                    ["lease": .string(String(repeating: "x", count: 10_240)), "holder": "a", "duration-ms": 30_000],
                    ["lease": "db", "holder": "a", "duration-ms": -30_000],
                    ["lease": "db", "holder": "a", "duration-ms": 1e30],
                    ["lease": "db", "holder": "a", "duration-ms": 30_000, "colour": "red"],
                    self.claim,
                ]
            ]
        )
        let results = try #require(answer["results"]?.array)
        #expect(results.prefix(5).allSatisfy { $0["error"]?["code"] == "not valid" })
        #expect(results.last?["outcome"] == "applied")
        #expect(client.isOpen)
        await client.close()
        try await server.end()
    }

    @Test("the login to an unknown model says so")
    func unknownModel() async throws {
        let server = try await RunningServer(TestAgent())
        let client = try await server.client("/model/0000/api")
        let error = await #expect(throws: RPCFailure.self) { _ = try await client.logIn(server.agent.token) }
        #expect(error?.code == "model not found")
        await client.close()
        try await server.end()
    }

    @Test("connections outlive the lease manager and Raft")
    func leasesGoAndCome() async throws {
        let agent = try TestAgent(leases: FakeLeases(), raft: FakeProposals.leading())
        let server = try await RunningServer(agent)
        let client = try await server.loggedIn()
        _ = try await client.lease("Claim", ["leases": [self.claim]])
        agent.setLeases(nil)
        agent.setRaft(nil)
        let without = try await client.lease("Claim", ["leases": [self.claim], "timeout-ms": 1])
        #expect(without["results"]?.array?.first?["reason"] == "try-again")
        let status = try await client.call(facade: "Cluster", version: 1, method: "Status")
        #expect(status["role"] == "unknown")
        agent.setLeases(FakeLeases())
        let with = try await client.lease("Claim", ["leases": [self.claim]])
        #expect(with["results"]?.array?.first?["outcome"] == "applied")
        await client.close()
        try await server.end()
    }

    @Test("a wait ends when its connection does", .timeLimit(.minutes(1)))
    func waitEnds() async throws {
        let leases = FakeLeases { $0.isFree = nil }
        let server = try await RunningServer(TestAgent(leases: leases))
        let client = try await server.loggedIn()
        async let wait = failure {
            try await client.lease("Wait", ["leases": [["lease": "db"]], "timeout-ms": 3_600_000])
        }
        _ = await leases.waits.first { _ in true }
        await client.close()
        while leases.callers.contains(where: { !$0.isGone }) { await Task.yield() }
        // The connection is gone, so no answer came over it.
        #expect(await wait == nil)
        try await server.end()
    }

    @Test("draining ends waits, refuses new calls and connections, and keeps those there are; stopping closes them")
    func drains() async throws {
        let leases = FakeLeases { $0.isFree = nil }
        let server = try await RunningServer(TestAgent(leases: leases))
        let client = try await server.loggedIn()
        async let wait = failure {
            try await client.lease("Wait", ["leases": [["lease": "db"]], "timeout-ms": 3_600_000])
        }
        _ = await leases.waits.first { _ in true }
        server.drain()
        #expect(await wait?.code == "try again")
        let refusal = await #expect(throws: RPCFailure.self) { _ = try await client.lease("List", [:]) }
        #expect(refusal?.code == "try again")
        #expect(client.isOpen)
        try await server.end()
        try await client.closeFuture.get()
        await #expect(throws: RPCConnectError.self) { _ = try await server.client() }
    }

    @Test("a port in use is an error that names it")
    func portInUse() async throws {
        let server = try await RunningServer(TestAgent())
        let error = await #expect(throws: (any Error).self) {
            _ = try await RunningServer(server.agent) { $0.port = server.port }
        }
        #expect("\(error.map { "\($0)" } ?? "")".contains("\(server.port)"))
        try await server.end()
    }

    @Test("a port that is lost ends the worker with an error that says so, and its connections with it")
    func portLost() async throws {
        let server = try await RunningServer(TestAgent())
        let client = try await server.loggedIn()
        // Stands for the system closing the socket.
        await server.worker.server.stopAccepting()
        let error = await #expect(throws: HTTPServerError.self) { try await server.ended() }
        #expect(error?.code == .listenerLost)
        #expect(error?.message.contains("127.0.0.1:\(server.port)") == true)
        try await client.closeFuture.get()
    }

    // MARK: Peers

    @Test("peers' paths take controllers of this cluster and nobody else", arguments: PeerRoute.allCases)
    func peers(route: PeerRoute) async throws {
        let server = try await RunningServer(TestAgent())
        let agent = server.agent
        let peer = agent.identities[1].peerTLS
        #expect(try await server.refusal(route.rawValue, peer) == 503)
        let (accepted, accepting) = AsyncStream.makeStream(of: UInt64.self)
        server.worker.output.accept(route) { connection in
            accepting.yield(connection.peer)
            return connection.channel.eventLoop.makeSucceededVoidFuture()
        }
        // Without a certificate, as another controller than a member, as this controller itself.
        #expect(try await server.refusal(route.rawValue, try server.tls()) == 403)
        let authority = try ClusterAuthority(clusterID: agent.bootstrap.clusterID, pem: agent.bootstrap.authority)
        let stranger = try authority.issue(to: ClusterServer(id: 9, address: "127.0.0.1:1"))
        #expect(try await server.refusal(route.rawValue, try server.tls(showing: stranger)) == 403)
        #expect(try await server.refusal(route.rawValue, agent.identity.peerTLS) == 403)
        // Another cluster's certificate and an expired one do not get through TLS.
        let foreign = try ClusterBootstrap(servers: agent.identity.servers).controllers[1].certificate
        let expired = try authority.issue(to: agent.identity.servers[1], validFor: -1)
        for certificate in [foreign, expired] {
            await #expect(throws: RPCConnectError.self) {
                _ = try await server.refusal(route.rawValue, try server.tls(showing: certificate))
            }
        }
        let channel = try await server.upgrade(route.rawValue, peer) { $0.eventLoop.makeSucceededVoidFuture() }
        #expect(await accepted.first { _ in true } == 2)
        try await channel.close()
        try await server.end()
    }

    @Test("a peer's connection outlives the API server")
    func outlives() async throws {
        let server = try await RunningServer(TestAgent())
        server.worker.output.accept(.raft) { connection in
            connection.channel.pipeline.addHandler(Echo())
        }
        let received = NIOLockedValueBox("")
        let (texts, continuation) = AsyncStream.makeStream(of: String.self)
        let channel = try await server.upgrade("/raft", server.agent.identities[1].peerTLS) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                    Collector { text in
                        continuation.yield(
                            received.withLockedValue { all in
                                all += text
                                return all
                            }
                        )
                    }
                )
            }
        }
        try await server.end()
        try await channel.writeAndFlush(ByteBuffer(string: "still here"))
        #expect(await texts.first { $0 == "still here" } != nil)
        try await channel.close()
    }
}

/// Sends back what it gets.
private final class Echo: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(data, promise: nil)
    }
}

private final class Collector: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let received: @Sendable (String) -> Void

    init(_ received: @escaping @Sendable (String) -> Void) { self.received = received }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.received(String(buffer: self.unwrapInboundIn(data)))
    }
}
