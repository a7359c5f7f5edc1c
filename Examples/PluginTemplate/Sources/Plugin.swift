import DependencyEngine
import EnginePlugins

/// What this plugin brings: one worker that runs wherever the cluster is led from.
enum Plugin: EnginePlugin {
    static func graph(_ context: PluginContext) -> Graph {
        Manifold("leader-notice", needs: .globalClockUpdater) { _ in
            LeaderNotice()
        }
    }
}

extension Input where Self == Resource<Void> {
    /// The agent's worker that keeps time, which runs on the leader alone; so does everything that needs it.
    static var globalClockUpdater: Self { .init("global-clock-updater") }
}
