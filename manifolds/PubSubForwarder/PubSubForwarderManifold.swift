package import AgentResources
package import DependencyEngine

extension Manifold {
    /// Connects this controller's hub with those of the others.
    package static func pubSubForwarder(clock: any UptimeClock = .system) -> Manifold {
        Manifold("pubsub-forwarder", needs: .identity, .centralHub, .apiServer.deferred) { identity, hub, apiServer in
            PubSubForwarderWorker(identity: identity, hub: hub, apiServer: apiServer, clock: clock)
        }
        .restart(.vital)
    }
}
