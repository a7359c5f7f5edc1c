package import Consensus
package import Logging
package import NIOCore

/// The ways to all peers. Bound to Raft's event loop: every call is made there.
package final class PeerNetwork {
    private let links: [ServerID: PeerLink]
    private let eventLoop: any EventLoop

    /// - Parameter snapshotEnded: told, on the loop and never from within `send`, whether a snapshot left whole.
    package init(
        clusterID: String,
        local: Server,
        peers: [Server],
        dialer: any PeerDialer,
        eventLoop: any EventLoop,
        options: PeerOptions,
        logger: Logger,
        snapshotEnded: @escaping (ServerID, Bool) -> Void
    ) {
        self.eventLoop = eventLoop
        var links: [ServerID: PeerLink] = [:]
        for peer in peers where peer.id != local.id {
            links[peer.id] = PeerLink(
                peer: peer,
                hello: PeerHello(clusterID: clusterID, sender: local, receiver: peer.id),
                dialer: dialer,
                eventLoop: eventLoop,
                options: options,
                logger: logger,
                snapshotEnded: snapshotEnded
            )
        }
        self.links = links
    }

    /// The peers that can be sent to just now.
    package var connected: Set<ServerID> { Set(self.links.values.filter(\.isConnected).map(\.peer.id)) }

    /// Begins to dial.
    package func start() { for link in self.links.values { link.start() } }

    /// Queues `message`; what cannot be sent is dropped in the end, and Raft repeats it.
    package func send(_ message: Message, to peer: ServerID) { self.links[peer]?.send(message) }

    /// Sends what is queued; once after a batch of `send`.
    package func flush() { for link in self.links.values { link.flush() } }

    /// `peer` was seen alive: dial it at once instead of after the pause.
    package func wake(_ peer: ServerID) { self.links[peer]?.wake() }

    /// Closes every connection; done when they are closed.
    package func close() -> EventLoopFuture<Void> {
        .andAllComplete(self.links.values.map { $0.close() }, on: self.eventLoop)
    }
}
