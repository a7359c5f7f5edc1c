import AgentResources
package import DependencyEngine
package import Prometheus

extension Manifold {
    /// Tells at each scrape how the other workers stand: it asks those that are there, and none waits for it.
    ///
    /// - Parameters:
    ///   - registry: what is shown beside them, the engine's own metrics first of all.
    ///   - version: the agent's.
    package static func metrics(registry: MetricRegistry, version: String) -> Manifold {
        Manifold(
            .metrics,
            needs: .operations.deferred,
            .raft.deferred,
            .leaseManager.deferred,
            .leaseTransport.deferred,
            .apiServer.deferred
        ) { operations, raft, leases, transport, api in
            MetricsWorker(
                registry: registry,
                sources: MetricSources(
                    version: version,
                    operations: operations,
                    raft: raft,
                    leases: leases,
                    transport: transport,
                    api: api
                )
            )
        } provides: {
            $0.page
        }
        .restart(.vital)
    }
}
