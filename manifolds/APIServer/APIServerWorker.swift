package import AgentResources
import ClusterIdentity
package import DependencyEngine
import Logging
import NIOCore
import RPC

/// The agent's one port: clients' JSON-RPC, peers' upgrades, health.
///
/// It needs neither Raft nor the lease manager to run: while those are away its connections stay, and calls wait for
/// them no longer than their own deadlines.
package struct APIServerWorker: Worker {
    private let server: HTTPServer
    private let gate: ServiceGate
    private let grace: Duration
    /// The port as other workers see it.
    package let output: any APIServer

    /// Binds the port; from then on connections are taken.
    init(_ options: APIServerOptions, services: APIServices, logger: Logger) async throws {
        let peers = PeerAcceptors()
        let router = APIRouter(
            services: services,
            registry: .all,
            peers: peers,
            limits: options.sessions
        )
        let server = try await HTTPServer.bind(
            host: options.host,
            port: options.port,
            group: options.group,
            tls: services.identity.serverTLS,
            limits: options.limits,
            logger: logger,
            router: { router.route($0) }
        )
        self.server = server
        self.gate = services.gate
        self.grace = options.grace
        self.output = ListeningAPIServer(address: server.localAddress.hostAndPort, peers: peers)
    }

    /// Serves until asked to stop; while draining it refuses whatever is new and answers what is under way.
    package func run(_ context: WorkerContext) async throws {
        context.logger.info("the API server listens", metadata: ["address": "\(self.output.address)"])
        await context.stop.drained()
        self.gate.close()
        await self.server.stopAccepting()
        context.finishedDraining()
        await context.stop.wait()
        await self.server.close(grace: self.grace)
    }
}

extension SocketAddress {
    /// `host:port`, IPv6 in brackets.
    fileprivate var hostAndPort: String {
        let host = self.ipAddress ?? ""
        return host.contains(":") ? "[\(host)]:\(self.port ?? 0)" : "\(host):\(self.port ?? 0)"
    }
}
