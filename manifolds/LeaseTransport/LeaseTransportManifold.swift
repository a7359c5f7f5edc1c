package import AgentResources
package import DependencyEngine
import NIOCore
package import NIOPosix

extension Manifold {
    /// Carries operations from this controller to the leader, by the transport that the configuration names.
    ///
    /// Another name starts this worker anew, and no other.
    package static func leaseTransport(
        group: MultiThreadedEventLoopGroup,
        clock: any UptimeClock = .system
    ) -> Manifold {
        Manifold(.leaseTransport, needs: .leaseTransportKind, .identity, .centralHub, .raft.deferred) {
            kind,
            identity,
            hub,
            raft -> LeaseTransportWorker in
            let transport: any LeaseTransport & Worker =
                switch kind {
                case .api: APITransport(identity: identity, raft: raft, group: group, clock: clock)
                case .pubsub: PubSubTransport(hub: hub, raft: raft, clock: clock)
                }
            return LeaseTransportWorker(kind: kind, transport: transport)
        } provides: {
            $0.transport
        }
        .restart(.vital)
    }
}

/// Runs whichever transport it was given.
struct LeaseTransportWorker: ReportingWorker {
    let kind: LeaseTransportKind
    let transport: any LeaseTransport & Worker

    func run(_ context: WorkerContext) async throws { try await self.transport.run(context) }

    func report() async -> [String: String] {
        let statistics = self.transport.statistics
        return [
            "transport": self.kind.rawValue, "queued": "\(statistics.queued)", "in-flight": "\(statistics.inFlight)",
            "requests": "\(statistics.requests)", "operations": "\(statistics.sentOperations)",
            "reconnects": "\(statistics.reconnects)", "dropped": "\(statistics.dropped)",
        ]
    }
}
