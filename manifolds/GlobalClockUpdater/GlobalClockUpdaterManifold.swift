package import AgentResources
package import DependencyEngine

extension Manifold {
    /// Keeps global time moving on the leader while nothing else is committed.
    package static func globalClockUpdater(clock: any UptimeClock = .system) -> Manifold {
        Manifold("global-clock-updater", needs: .leaderFlag, .raft) { _, raft in
            GlobalClockUpdaterWorker(raft: raft, clock: clock)
        }
        .restart(.vital)
    }
}
