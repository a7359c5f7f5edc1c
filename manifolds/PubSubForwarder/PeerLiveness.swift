import NIOCore

/// Closes a connection on which nothing has come for a while: a peer that lost power sends no farewell.
///
/// Lives on the connection's event loop.
struct PeerLiveness {
    static let pingInterval = TimeAmount.seconds(1)
    static let silenceLimit = TimeAmount.seconds(5)

    private var lastHeard = NIODeadline.now()

    mutating func heard() { self.lastHeard = .now() }

    var isSilent: Bool { NIODeadline.now() - self.lastHeard > Self.silenceLimit }
}
