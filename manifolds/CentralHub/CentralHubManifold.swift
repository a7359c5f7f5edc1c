import AgentResources
import ClusterIdentity
package import DependencyEngine
import Hub
import Logging

extension Manifold {
    /// The agent's publish-and-subscribe hub; it lives as long as its worker.
    package static func centralHub() -> Manifold {
        Manifold(.centralHub, needs: .identity) { identity in
            CentralHubWorker(hub: Hub(controller: identity.id))
        } provides: {
            $0.hub
        }
        .restart(.vital)
    }
}

/// Keeps a hub until it is asked to stop; the hub works by itself.
struct CentralHubWorker: Worker {
    let hub: Hub

    func run(_ context: WorkerContext) async throws {
        await context.stop.wait()
        let lost = self.hub.report().subscribers.reduce(0) { $0 + $1.dropped }
        if lost > 0 {
            context.logger.notice("messages were dropped for slow subscribers", metadata: ["dropped": "\(lost)"])
        }
    }
}
