import AgentResources
package import DependencyEngine
package import Systemd

extension Manifold {
    /// Tells the service manager how the agent is doing; requires nothing, so it tells of what is missing too.
    package static func serviceNotifier(_ notifier: ServiceNotifier = ServiceNotifier()) -> Manifold {
        Manifold("service-notifier", needs: .raft.deferred, .apiServer.deferred) { raft, apiServer in
            ServiceNotifierWorker(notifier: notifier, raft: raft, apiServer: apiServer)
        }
        .restart(.vital)
    }
}
