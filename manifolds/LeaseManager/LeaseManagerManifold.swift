package import AgentResources
package import DependencyEngine

extension Manifold {
    /// Carries lease operations from this controller to the leader, answers reads, and keeps those who wait.
    package static func leaseManager(clock: any UptimeClock = .system) -> Manifold {
        Manifold(.leaseManager, needs: .operations, .centralHub, .raft.deferred) { operations, hub, raft in
            LeaseManagerWorker(operations: operations, hub: hub, raft: raft, clock: clock)
        } provides: {
            $0
        }
        .restart(.vital)
    }
}
