package import AgentResources
package import DependencyEngine

extension Manifold {
    /// The place between those who have operations and Raft: a leaf, so both can require it.
    package static func operationHub(clock: any UptimeClock = .system) -> Manifold {
        Manifold(.operations) {
            OperationHubWorker(clock: clock)
        } provides: {
            $0
        }
        .restart(.vital)
    }
}
