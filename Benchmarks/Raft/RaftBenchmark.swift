import AgentResources
import ClusterIdentity
import DependencyEngine
import Leases
import Logging
import NIOConcurrencyHelpers
import PeerTransport
import RaftManifold

/// What Raft alone carries, with one controller and with three in one process, durable writes on: batches of 1, 100 and
/// 1,000 operations, the next one ready whenever the last is answered.
struct RaftBenchmark {
    let runs: Int
    private static let sizes = [1, 100, 1_000]

    func measure() async throws -> [Figure] {
        var figures: [Figure] = []
        for controllers in [1, 3] as [UInt64] {
            for size in Self.sizes {
                var samples: [Double] = []
                for _ in 0..<self.runs { samples.append(try await Self.operations(controllers, size: size)) }
                figures.append(Figure("raft.commit-\(controllers)x\(size)", unit: "op/s", samples))
            }
        }
        return figures
    }

    /// Operations a second in two seconds, on a cluster of its own.
    private static func operations(_ count: UInt64, size: Int) async throws -> Double {
        let cluster = try await RaftCluster.start(count)
        let leader = try await cluster.leader()
        leader.operations.load(size)
        try await Task.sleep(for: .milliseconds(500))
        let before = leader.operations.counts
        let begun = ContinuousClock.now
        try await Task.sleep(for: .seconds(2))
        let after = leader.operations.counts
        let time = ContinuousClock.now - begun
        leader.operations.load(0)
        await cluster.stop()
        guard after.failed == before.failed else {
            throw BenchmarkError("\(after.failed - before.failed) operations of \(after.applied) failed")
        }
        return Double(after.applied - before.applied) / time.inMilliseconds * 1_000
    }
}

/// Controllers of one process: Raft, and nothing around it.
struct RaftCluster: Sendable {
    /// One of them.
    struct Controller: Sendable {
        let id: UInt64
        let proposals: any Proposals
        let operations: BusyOperations
        let directory: BenchmarkDirectory
        let stop: @Sendable () -> Void
        let task: Task<Void, any Error>
    }

    let controllers: [Controller]
    private let peers: LoopbackPeers

    static func start(_ count: UInt64, options: RaftOptions = RaftOptions()) async throws -> RaftCluster {
        let ids = Array(1...count)
        let identities = try ClusterBootstrap(
            servers: ids.map { ClusterServer(id: $0, address: "127.0.0.1:\(20_000 + $0)") }
        ).identities()
        let peers = LoopbackPeers()
        var joined: [(server: LoopbackServer, dialer: any PeerDialer)] = []
        for id in ids { joined.append(try await peers.join(id, peers: ids)) }
        var controllers: [Controller] = []
        for (identity, way) in zip(identities, joined) {
            controllers.append(try await self.run(identity, way.server, way.dialer, options))
        }
        return RaftCluster(controllers: controllers, peers: peers)
    }

    private static func run(
        _ identity: ControllerIdentity,
        _ server: LoopbackServer,
        _ dialer: any PeerDialer,
        _ options: RaftOptions
    ) async throws -> Controller {
        let directory = try BenchmarkDirectory()
        let data = DataDirectory(path: directory.path)
        try RaftLogFile.create(in: data, cluster: identity.cluster)
        let late = NIOLockedValueBox<(any Proposals)?>(nil)
        let operations = BusyOperations { late.withLockedValue { $0 }?.globalTime ?? .zero }
        let worker = try await RaftWorker.open(
            directory: data,
            identity: identity,
            operations: operations,
            apiServer: Deferred<any APIServer>.standalone(server).handle,
            options: options,
            dialer: dialer
        )
        late.withLockedValue { $0 = worker.proposals }
        let (signal, _, stop) = StopSignal.standalone()
        let context = WorkerContext.standalone(
            manifold: "raft",
            logger: Logger(label: "raft") { _ in SwiftLogNoOpLogHandler() },
            stop: signal,
            ready: {},
            finishedDraining: {}
        )
        let task = Task { try await worker.run(context) }
        return Controller(
            id: identity.id,
            proposals: worker.proposals,
            operations: operations,
            directory: directory,
            stop: stop,
            task: task
        )
    }

    /// The one that serves, once there is one.
    func leader() async throws -> Controller {
        for _ in 0..<1_000 {
            if let leader = self.controllers.first(where: { $0.proposals.status.isServing }) { return leader }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw BenchmarkError("no controller leads")
    }

    func stop() async {
        for controller in self.controllers { controller.stop() }
        for controller in self.controllers { _ = await controller.task.result }
        await self.peers.close()
        for controller in self.controllers { controller.directory.remove() }
    }
}
