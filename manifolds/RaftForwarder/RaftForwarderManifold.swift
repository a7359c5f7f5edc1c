package import AgentResources
package import DependencyEngine

extension Manifold {
    /// Takes the other controllers' lease requests from the hub, on the leader only.
    package static func raftForwarder(clock: any UptimeClock = .system) -> Manifold {
        Manifold("raft-forwarder", needs: .leaderFlag, .raft, .centralHub, .operations) { _, raft, hub, operations in
            RaftForwarderWorker(raft: raft, hub: hub, operations: operations, clock: clock)
        }
        .restart(.vital)
    }
}
