import AgentResources
import DependencyEngine
import Logging
import NIOPosix
import Testing

@testable import CentralHubManifold
@testable import GlobalClockUpdaterManifold
@testable import LeaderFlagManifold
@testable import LeaseManagerManifold
@testable import LeaseTransportManifold
@testable import OperationHubManifold
@testable import PubSubForwarderManifold
@testable import RaftForwarderManifold

/// The manifolds under a real engine, with stand-ins for those of other folders.
@Suite(.timeLimit(.minutes(1))) struct WiringTests {
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
    }

    private static var ours: [Manifold] {
        [
            .operationHub(), .centralHub(), .leaderFlag(), .globalClockUpdater(), .raftForwarder(), .leaseManager(),
            .leaseTransport(group: .singleton), .pubSubForwarder(),
        ]
    }

    @Test("each worker needs what the design says and no more")
    func edges() {
        let edges = Dictionary(
            uniqueKeysWithValues: Self.ours.map { manifold in
                (manifold.name, Set(manifold.edges.map { "\($0.kind) \($0.name)" }))
            }
        )
        #expect(
            edges == [
                "operation-hub": [],
                "central-hub": ["required identity"],
                "leader-flag": ["required raft"],
                "global-clock-updater": ["required leader-flag", "required raft"],
                "raft-forwarder": [
                    "required leader-flag", "required raft", "required central-hub", "required operation-hub",
                ],
                "lease-manager": ["required operation-hub", "deferred lease-transport", "deferred raft"],
                "lease-transport": [
                    "required lease-transport-kind", "required identity", "required central-hub", "deferred raft",
                ],
                "pubsub-forwarder": ["required identity", "required central-hub", "deferred apiserver"],
            ]
        )
    }

    @Test("any one of them may fail: all serve again by themselves, and the API server does not notice")
    func failures() async throws {
        let cluster = try await TestControllers(count: 3)
        let raft = FakeRaft(id: 1, leader: 1)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let engine = Engine(logger: logger)
        let atOnce = RestartPolicy(firstDelay: .zero, jitter: 0)
        try await engine.install(
            [
                Self.stand(in: .identity, cluster.identities[0]),
                Self.stand(in: .raft, raft as any Proposals),
                Self.stand(in: .leaseTransportKind, LeaseTransportKind.pubsub),
                Self.stand(in: .apiServer, cluster.ports[0] as any APIServer),
            ] + Self.ours.map { $0.restart(atOnce) }
        )
        let running = Task { try await engine.run() }
        let names = Self.ours.map(\.name)
        try await engine.ready(names + ["apiserver"])
        for name in names {
            try await engine.fail(name, Fault())
            try await engine.settled()
            try await engine.ready(names)
        }
        let apiServer = try #require(await engine.report().manifolds.first { $0.name == "apiserver" })
        #expect(apiServer.generation == 1)
        // Leadership comes and goes: what needs it goes down with it and comes back.
        raft.lead(by: 2, term: 2)
        try await engine.settled()
        raft.lead(by: 1, term: 3)
        try await engine.ready(names)
        engine.shutdown()
        try await running.value
        await cluster.close()
    }
}
