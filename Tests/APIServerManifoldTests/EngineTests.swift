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

    private static let atOnce = RestartPolicy(firstDelay: .zero, jitter: 0)

    private static func stand<Output: Sendable>(in resource: Resource<Output>, _ output: Output) -> Manifold {
        Manifold(resource) {
            Idle(output: output)
        } provides: {
            $0.output
        }
        .restart(Self.atOnce)
    }

    /// Everything around the API server, each requiring what the agent's own worker of that name requires.
    private static func neighbours(_ agent: TestAgent) -> [Manifold] {
        [
            Self.stand(in: .dataDirectory, DataDirectory(path: "/nowhere")),
            Manifold(.identity, needs: .dataDirectory) { _ in
                // Loaded anew at each start, as from files.
                Idle(output: try agent.bootstrap.identities()[0])
            } provides: {
                $0.output
            }
            .restart(Self.atOnce),
            Self.stand(in: .operations, FakeOperations()),
            Manifold(.leaseManager, needs: .operations) { _ in
                Idle<any LeaseService>(output: FakeLeases())
            } provides: {
                $0.output
            }
            .restart(Self.atOnce),
            Manifold(.raft, needs: .dataDirectory, .identity, .operations) { _, _, _ in
                Idle<any Proposals>(output: FakeProposals.leading())
            } provides: {
                $0.output
            }
            .restart(Self.atOnce),
        ]
    }

    private static let neighbourNames = ["data-directory", "identity", "operation-hub", "lease-manager", "raft"]

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
        try await engine.install(
            Self.neighbours(agent) + [Manifold.apiServer(options).restart(Self.atOnce)]
        )
        let running = Task { try await engine.run() }
        try await engine.ready(["apiserver"] + Self.neighbourNames)

        let client = try await self.connect(agent, port: port)
        let generation = await engine.report()["apiserver"]?.generation
        for neighbour in Self.neighbourNames {
            try await engine.fail(neighbour, Fault())
            let answer = try await client.lease(
                "Claim",
                ["leases": [["lease": "db", "holder": "a", "duration-ms": 30_000]], "timeout-ms": 60_000]
            )
            #expect(answer["results"]?.array?.first?["outcome"] == "applied")
            try await engine.ready(["apiserver"] + Self.neighbourNames)
            let report = await engine.report()
            #expect(report[neighbour]?.failureCount == 1)
            #expect(report["apiserver"]?.generation == generation)
            #expect(client.isOpen)
            let another = try await self.connect(agent, port: port)
            await another.close()
        }

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

    @Test("the API server is parked until there is an identity, and says so")
    func withoutIdentity() async throws {
        let agent = try TestAgent()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let options = APIServerOptions(
            host: "127.0.0.1",
            port: 0,
            group: MultiThreadedEventLoopGroup.singleton,
            engine: FakeEngine(),
            version: "0.1.0"
        )
        let engine = Engine(logger: logger)
        try await engine.install([.apiServer(options)])
        let running = Task { try await engine.run() }
        try await engine.settled()
        #expect(try await engine.why("apiserver").reason == "missing: identity")
        try await engine.install([Self.stand(in: .identity, agent.identity)])
        try await engine.ready(["apiserver"])
        #expect(await engine.report()["apiserver"]?.failureCount == 0)
        engine.shutdown()
        try await running.value
    }

    @Test("the API server requires nobody: its edges order nothing")
    func edges() async throws {
        let options = APIServerOptions(
            host: "127.0.0.1",
            port: 0,
            group: MultiThreadedEventLoopGroup.singleton,
            engine: FakeEngine(),
            version: "0.1.0"
        )
        let edges = Manifold.apiServer(options).edges
        let kinds = Dictionary(uniqueKeysWithValues: edges.map { ($0.name, "\($0.kind)") })
        #expect(
            kinds == [
                "identity": "optional", "lease-manager": "deferred", "raft": "deferred", "metrics": "deferred",
                "operation-hub": "deferred",
            ]
        )
    }
}
