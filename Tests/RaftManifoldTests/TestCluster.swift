import AgentResources
import ClusterIdentity
import Leases
import NIOConcurrencyHelpers

@testable import RaftManifold

/// Controllers in one process that talk over real sockets and TLS.
struct TestCluster: Sendable {
    let controllers: [TestController]

    /// Makes and starts controllers with ids from 1.
    static func start(_ count: UInt64, options: RaftOptions = RaftOptions()) async throws -> TestCluster {
        let ports = NIOLockedValueBox<[UInt64: Int]>([:])
        let identities = try ClusterBootstrap(
            servers: (1...count).map { ClusterServer(id: $0, address: "127.0.0.1:\(20_000 + $0)") }
        ).identities()
        let cluster = TestCluster(
            controllers: try identities.map { try TestController($0, options: options, ports: ports) }
        )
        for controller in cluster.controllers {
            try await controller.listen()
            try await controller.start()
        }
        return cluster
    }

    func close() async throws {
        for controller in self.controllers { try await controller.close() }
    }

    /// The controller that serves now, or the first that will.
    func leader(except excluded: UInt64? = nil) async throws -> TestController {
        try await withThrowingTaskGroup(of: TestController?.self) { group in
            for controller in self.controllers where controller.id != excluded {
                group.addTask {
                    _ = try? await controller.wait { $0.isServing }
                    return controller.proposals.status.isServing ? controller : nil
                }
            }
            defer { group.cancelAll() }
            while let controller = try await group.next() {
                if let controller { return controller }
            }
            throw RaftError.stopping
        }
    }

    /// Has the leader apply `command`, whoever leads; asks again with the same id when leadership moves.
    @discardableResult
    func apply(_ command: LeaseCommand) async throws -> (result: OperationResult?, index: UInt64) {
        let id = OperationID(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
        while true {
            let leader = try await self.leader()
            let now = leader.proposals.globalTime
            let operation = LeaseOperation(
                id: id,
                notAfter: now.advanced(byMilliseconds: 30_000),
                command: command
            )
            if case .applied(let result, let index) = await leader.operations.perform(.apply(operation)) {
                return (result, index)
            }
        }
    }

    /// Claims `name` for `holder` and returns the grant.
    func claim(_ name: String, _ holder: String = "a", milliseconds: UInt64 = 60_000) async throws -> Grant? {
        let (result, _) = try await self.apply(.claim(key(name), holder: holder, milliseconds: milliseconds))
        if case .granted(let grant) = result { return grant }
        if case .held(let grant) = result { return grant }
        return nil
    }
}

func key(_ name: String) -> LeaseKey { LeaseKey(namespace: "lease", model: "model", name: name) }
