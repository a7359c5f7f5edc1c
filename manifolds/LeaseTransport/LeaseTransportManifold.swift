package import AgentResources
package import DependencyEngine

extension Manifold {
    /// Carries operations from this controller to the leader, by the transport that the configuration names.
    ///
    /// Another name starts this worker anew, and no other.
    package static func leaseTransport(clock: any UptimeClock = .system) -> Manifold {
        Manifold(.leaseTransport, needs: .leaseTransportKind, .centralHub, .raft.deferred) { _, hub, raft in
            PubSubTransport(hub: hub, raft: raft, clock: clock)
        } provides: {
            $0
        }
        .restart(.vital)
    }
}
