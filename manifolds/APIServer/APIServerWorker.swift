package import AgentResources
import ClusterIdentity
package import DependencyEngine
import Logging
import NIOCore
import RPC

/// The agent's one port: clients' JSON-RPC, peers' upgrades, health.
///
/// It needs neither Raft nor the lease manager to run: while those are away its connections stay, and calls wait for
/// them no longer than their own deadlines. A new identity is for new connections only.
package struct APIServerWorker: Worker {
    /// The port; internal for tests, which take it away.
    let server: HTTPServer
    private let identity: CurrentIdentity
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
            tls: { services.identity.serverTLS },
            limits: options.limits,
            logger: logger,
            router: { router.route($0) }
        )
        self.server = server
        self.identity = services.currentIdentity
        self.gate = services.gate
        self.grace = options.grace
        self.output = ListeningAPIServer(address: server.localAddress.hostAndPort, peers: peers, meter: services.meter)
    }

    /// Serves until asked to stop; while draining it refuses whatever is new and answers what is under way.
    ///
    /// - Throws: `HTTPServerError` when the port takes no connections any more though nobody asked for that.
    package func run(_ context: WorkerContext) async throws {
        context.logger.info("the API server listens", metadata: ["address": "\(self.output.address)"])
        let end = await self.serve(context)
        self.gate.close()
        if end == .listenerLost {
            // The connections go too: only a new worker can listen again, and it cannot take them over.
            await self.server.close(grace: self.grace)
            throw HTTPServerError(listenerLostAt: self.output.address)
        }
        await self.server.stopAccepting()
        context.finishedDraining()
        await context.stop.wait()
        await self.server.close(grace: self.grace)
    }

    private enum End { case asked, listenerLost }

    /// Serves, with the newest identity there is, until asked to drain or stop or until the port is lost.
    private func serve(_ context: WorkerContext) async -> End {
        let (server, identity) = (self.server, self.identity)
        return await withTaskGroup(of: End?.self) { group in
            group.addTask {
                await context.stop.drained()
                return .asked
            }
            group.addTask {
                await server.listenerClosed()
                return .listenerLost
            }
            group.addTask {
                await identity.follow(context.logger)
                return nil
            }
            defer { group.cancelAll() }
            for await case let end? in group {
                // A stop, or a cancelled task, ends all of them, in any order.
                return context.stop.isDraining || Task.isCancelled ? .asked : end
            }
            return .asked
        }
    }
}

extension SocketAddress {
    /// `host:port`, IPv6 in brackets.
    fileprivate var hostAndPort: String {
        let host = self.ipAddress ?? ""
        return host.contains(":") ? "[\(host)]:\(self.port ?? 0)" : "\(host):\(self.port ?? 0)"
    }
}
