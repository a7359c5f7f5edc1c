import AgentResources
import ClusterIdentity
import DependencyEngine
import Hub
import Logging

/// Sends what is published here to the other controllers, and gives what they publish to the hub here.
///
/// Each controller sends on connections it has dialled and receives on those it has accepted. Nothing is kept for a peer
/// that is away, and nothing waits for one that is slow.
struct PubSubForwarderWorker: Worker {
    let identity: ControllerIdentity
    let hub: Hub
    let apiServer: Deferred<any APIServer>
    let clock: any UptimeClock
    /// By controller id; every controller but this one.
    let outboxes: [UInt64: PeerOutbox]
    /// By controller id too: what ends the pauses of that peer's dialler.
    private let wakes: [UInt64: DialWake]

    init(identity: ControllerIdentity, hub: Hub, apiServer: Deferred<any APIServer>, clock: any UptimeClock) {
        self.identity = identity
        self.hub = hub
        self.apiServer = apiServer
        self.clock = clock
        self.outboxes = Dictionary(
            uniqueKeysWithValues: identity.servers.filter { $0.id != identity.id }.map { ($0.id, PeerOutbox()) }
        )
        self.wakes = self.outboxes.mapValues { _ in DialWake() }
    }

    func run(_ context: WorkerContext) async throws {
        let accepted = AcceptedPeers(hub: self.hub, logger: context.logger) { [wakes = self.wakes] peer in
            wakes[peer]?.wake()
        }
        let outgoing = self.hub.forward(name: context.manifold, limits: QueueLimits(messages: 16_384, bytes: 32 << 20))
        try await context.untilStopped {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.listen(accepted) }
                group.addTask { await self.distribute(outgoing) }
                for server in self.identity.servers {
                    guard let outbox = self.outboxes[server.id], let wake = self.wakes[server.id] else { continue }
                    let dialer = PeerDialer(
                        server: server,
                        identity: self.identity,
                        outbox: outbox,
                        wake: wake,
                        clock: self.clock,
                        logger: context.logger
                    )
                    group.addTask { await dialer.run() }
                }
            }
        }
        self.apiServer.current?.stopAccepting(.pubsub)
        accepted.close()
    }

    /// Takes peers' connections from each API server that comes up; connections outlive the one they came through.
    private func listen(_ accepted: AcceptedPeers) async {
        for await apiServer in self.apiServer.changes() {
            apiServer?.accept(.pubsub) { accepted.accept($0) }
        }
    }

    private func distribute(_ outgoing: Subscription<ForwardedMessage>) async {
        while case let batch = await outgoing.nextBatch(), !batch.isEmpty {
            for message in batch { self.send(message) }
        }
    }

    private func send(_ message: ForwardedMessage) {
        let outboxes =
            message.target.map { target in [self.outboxes[target]].compactMap { $0 } } ?? Array(self.outboxes.values)
        guard !outboxes.isEmpty else { return }
        // Once for all peers; buffers share their bytes.
        guard let frame = PubSubFrame.message(message).encoded() else {
            for outbox in outboxes { outbox.drop() }
            return
        }
        for outbox in outboxes { outbox.append(frame) }
    }
}
