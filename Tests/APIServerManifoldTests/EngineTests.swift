import AgentResources
import ClusterIdentity
import DependencyEngine
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import RPC
import Testing

@testable import APIServerManifold

/// The manifold under a real engine, among stand-ins for its neighbours.
@Suite(.timeLimit(.minutes(1))) struct EngineTests {
    private struct Fault: Error {}

    private struct Idle<Output: Sendable>: Worker {
        let output: Output

        func run(_ context: WorkerContext) async throws { await context.stop.wait() }
    }

    private static func stand<Output: Sendable>(in resource: Resource<Output>, _ output: Output) -> Manifold {
        Manifold(resource) {
            Idle(output: output)
        } provides: {
            $0.output
        }
        .restart(RestartPolicy(firstDelay: .zero, jitter: 0))
    }

    /// A port that was free a moment ago: the API server must come back on the same one.
    private func freePort() async throws -> Int {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        try await listener.close()
        return port
    }

    private func connect(_ agent: TestAgent, port: Int) async throws -> RPCClient {
        let client = try await RPCClient.connect(
            host: "127.0.0.1",
            port: port,
            tls: agent.identities[1].peerTLS,
            group: MultiThreadedEventLoopGroup.singleton
        )
        _ = try await client.logIn(agent.token)
        return client
    }

    @Test("a failing neighbour closes no connection, and a failing API server comes back on its port")
    func failures() async throws {
        let agent = try TestAgent()
        let port = try await self.freePort()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var options = APIServerOptions(
            host: "127.0.0.1",
            port: port,
            group: MultiThreadedEventLoopGroup.singleton,
            engine: FakeEngine(),
            version: "0.1.0"
        )
        options.grace = .milliseconds(100)
        let engine = Engine(logger: logger)
        try await engine.install([
            Self.stand(in: .identity, agent.identity),
            Self.stand(in: .operations, FakeOperations()),
            Self.stand(in: .leaseManager, FakeLeases()),
            Self.stand(in: .raft, FakeProposals.leading()),
            Manifold.apiServer(options, logger: logger).restart(RestartPolicy(firstDelay: .zero, jitter: 0)),
        ])
        let running = Task { try await engine.run() }
        try await engine.ready(["apiserver", "lease-manager", "raft"])

        let client = try await self.connect(agent, port: port)
        for neighbour in ["lease-manager", "raft"] {
            try await engine.fail(neighbour, Fault())
            let answer = try await client.lease(
                "Claim",
                ["leases": [["lease": "db", "holder": "a", "duration-ms": 30_000]], "timeout-ms": 60_000]
            )
            #expect(answer["results"]?.array?.first?["outcome"] == "applied")
            try await engine.ready(["lease-manager", "raft"])
        }
        #expect(client.isOpen)

        try await engine.fail("apiserver", Fault())
        try await client.closeFuture.get()
        try await engine.settled()
        try await engine.ready(["apiserver"])
        let next = try await self.connect(agent, port: port)
        let status = try await next.call(facade: "Cluster", version: 1, method: "Status")
        #expect(status["role"] == "leader")
        engine.shutdown()
        try await running.value
        try await next.closeFuture.get()
    }

    @Test("the edges to Raft and to the lease manager order nothing")
    func edges() async throws {
        let options = APIServerOptions(
            host: "127.0.0.1",
            port: 0,
            group: MultiThreadedEventLoopGroup.singleton,
            engine: FakeEngine(),
            version: "0.1.0"
        )
        let edges = Manifold.apiServer(options, logger: Logger(label: "test")).edges
        let kinds = Dictionary(uniqueKeysWithValues: edges.map { ($0.name, "\($0.kind)") })
        #expect(
            kinds == [
                "identity": "required", "operation-hub": "required", "lease-manager": "deferred", "raft": "deferred",
            ]
        )
    }
}
