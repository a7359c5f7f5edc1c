package import AgentResources
package import DependencyEngine
import Logging
package import NIOCore
package import RPC

/// How the API server listens and what it offers.
package struct APIServerOptions: Sendable {
    package var host: String
    /// 0 takes any free port.
    package var port: Int
    /// Shared with the agent's other network workers; peers' connections live on it beyond this worker's end.
    package var group: any EventLoopGroup
    package var engine: any EngineAccess
    /// The agent's version, as logins and status tell it.
    package var version: String
    /// Whether operators may make workers fail on purpose; never in production.
    package var faultInjection = false
    package var limits = HTTPServerLimits()
    package var sessions = SessionLimits()
    /// How long connections get at a stop to say goodbye.
    package var grace = Duration.seconds(2)

    package init(host: String, port: Int, group: any EventLoopGroup, engine: any EngineAccess, version: String) {
        self.host = host
        self.port = port
        self.group = group
        self.engine = engine
        self.version = version
    }
}

extension Manifold {
    /// The API server: it requires nothing, so no other worker's failure takes clients' connections along.
    ///
    /// Identity, lease manager and Raft may come and go. It is parked until the first identity is there, as there is no
    /// TLS without; from then on a newer one is for new connections, so that certificates are renewed without dropping
    /// clients, and an absent one changes nothing. Operations reach the log through the lease manager alone.
    package static func apiServer(_ options: APIServerOptions) -> Manifold {
        Manifold(
            .apiServer,
            needs: .identity.optional.live,
            .leaseManager.deferred,
            .raft.deferred,
            .operations.deferred,
            .metrics.deferred
        ) { identity, leases, raft, operations, metrics in
            try await APIServerWorker(
                options,
                services: APIServices(
                    currentIdentity: CurrentIdentity(from: identity),
                    leases: leases,
                    raft: raft,
                    operations: operations,
                    metrics: metrics,
                    engine: options.engine,
                    faultInjection: options.faultInjection,
                    version: options.version
                ),
                logger: .current
            )
        } provides: {
            $0.output
        }
        .restart(.vital)
    }
}
