package import AgentResources
package import DependencyEngine

extension Manifold {
    /// Carries lease operations from this controller to the leader, answers reads, and keeps those who wait and watch.
    package static func leaseManager(clock: any UptimeClock = .system) -> Manifold {
        Manifold(.leaseManager, needs: .operations, .leaseTransport.deferred, .raft.deferred) {
            operations,
            transport,
            raft in
            LeaseManagerWorker(operations: operations, transport: transport, raft: raft, clock: clock)
        } provides: {
            $0
        }
        .restart(.vital)
    }
}
