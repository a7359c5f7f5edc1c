package import NIOCore

/// What a peer's upgraded connection is for.
package enum PeerRoute: String, Sendable, Hashable, CaseIterable {
    case raft = "/raft"
    case pubsub = "/pubsub"
}

/// A peer's connection after its HTTP upgrade: raw bytes from here on, nothing of HTTP left in the pipeline.
package struct PeerConnection: Sendable {
    package var channel: any Channel
    /// The controller id its client certificate names.
    package var peer: UInt64

    package init(channel: any Channel, peer: UInt64) {
        self.channel = channel
        self.peer = peer
    }
}

/// What the API server offers the workers that listen through its port.
package protocol APIServer: Sendable {
    /// Where it listens, as bound: the port is real even when configured as 0.
    var address: String { get }
    /// What clients have done here so far. Cheap, from any thread.
    var statistics: APIStatistics { get }
    /// Gives peers' upgraded connections on `route` to `accept` until `stopAccepting(route)`.
    ///
    /// `accept` runs on the connection's event loop, adds its handlers there, and owns the connection from then on: it
    /// outlives the API server. Peers meanwhile without an acceptor are answered 503.
    func accept(_ route: PeerRoute, _ accept: @escaping @Sendable (PeerConnection) -> EventLoopFuture<Void>)
    /// Peers asking for `route` are answered 503 from here on.
    func stopAccepting(_ route: PeerRoute)
}
