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
struct CentralHubWorker: ReportingWorker {
    let hub: Hub

    func run(_ context: WorkerContext) async throws {
        await context.stop.wait()
        let lost = self.dropped
        if lost > 0 {
            context.logger.notice("messages were dropped for slow subscribers", metadata: ["dropped": "\(lost)"])
        }
    }

    func report() async -> [String: String] {
        let report = self.hub.report()
        return [
            "published": "\(report.published)", "received": "\(report.received)",
            "subscribers": "\(report.subscribers.count)", "dropped": "\(self.dropped)",
        ]
    }

    /// Messages that subscribers were too slow for.
    private var dropped: UInt64 { self.hub.report().subscribers.reduce(0) { $0 + $1.dropped } }
}
