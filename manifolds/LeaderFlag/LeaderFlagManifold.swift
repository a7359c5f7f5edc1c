import AgentResources
package import DependencyEngine

extension Manifold {
    /// Up only while this controller leads and serves, so that what requires it runs on the leader alone.
    package static func leaderFlag() -> Manifold {
        Manifold(.leaderFlag, needs: .raft) { raft in
            LeaderFlagWorker(raft: raft)
        } provides: {
            $0.flag
        }
        .readiness(.signalled)
        .restart(.vital)
    }
}
