package import NIOCore
package import NIOSSL

/// Whoever answers the requests of one connection.
///
/// One is made a connection, so it may hold what the connection logged in as.
package protocol RPCHandler: Sendable {
    /// Takes one request; called on the connection's event loop, so it must not block. `reply` may be answered later,
    /// from any thread; replies may overtake each other.
    func handle(_ request: RPCRequest, reply: RPCReply)
    /// Reads the parameters of a call straight from `parameters`, which must be an object and nothing else, and returns
    /// how to carry the call out, done at once; `nil` has the message read in the usual way and given to `handle`, which
    /// says what is wrong with it. For calls that come by the ten thousand. Called on the connection's event loop.
    func direct(_ call: RPCCallName, _ parameters: UnsafeBufferPointer<UInt8>) -> ((RPCReply) -> Void)?
    /// The connection is gone, for whatever reason; called once, on its event loop, nothing is handled afterwards.
    func connectionClosed()
}

extension RPCHandler {
    package func direct(_ call: RPCCallName, _ parameters: UnsafeBufferPointer<UInt8>) -> ((RPCReply) -> Void)? { nil }
}

/// What a request asks for.
package struct RPCCallName: Sendable, Hashable {
    package var facade: String
    package var version: Int
    package var method: String

    package init(facade: String, version: Int, method: String) {
        self.facade = facade
        self.version = version
        self.method = method
    }
}

/// What is known of a connection when its handler is made.
package struct RPCConnectionInfo: Sendable {
    /// Unlike that of any other connection of this server.
    package var id: UInt64
    /// The path it asked for, without query.
    package var path: String
    /// `address:port` of the other end, for logs; empty when unknown.
    package var remoteAddress: String
    /// What the client showed in the TLS handshake, already verified against the cluster's CA.
    package var peerCertificate: NIOSSLCertificate?
    /// Where `RPCHandler.handle` is called.
    package var eventLoop: any EventLoop
    /// Closes the connection with WebSocket code 1008 and this reason; from any thread, once is enough.
    package var close: @Sendable (_ reason: String) -> Void

    package init(
        id: UInt64,
        path: String,
        remoteAddress: String,
        peerCertificate: NIOSSLCertificate?,
        eventLoop: any EventLoop,
        close: @escaping @Sendable (_ reason: String) -> Void
    ) {
        self.id = id
        self.path = path
        self.remoteAddress = remoteAddress
        self.peerCertificate = peerCertificate
        self.eventLoop = eventLoop
        self.close = close
    }
}
