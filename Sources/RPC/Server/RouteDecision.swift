package import NIOCore
package import NIOHTTP1
package import NIOSSL

/// The head of a request, all a router may look at.
package struct HTTPRequestSummary: Sendable {
    package var method: HTTPMethod
    /// Without the query.
    package var path: String
    /// What follows the `?`, as sent; empty without one.
    package var query: String
    package var headers: HTTPHeaders
    /// What the client showed in the TLS handshake, already verified; `nil` when it showed nothing.
    package var peerCertificate: NIOSSLCertificate?
    /// `address:port` of the other end, for logs; empty when unknown.
    package var remoteAddress: String

    package init(
        method: HTTPMethod,
        path: String,
        query: String = "",
        headers: HTTPHeaders = [:],
        peerCertificate: NIOSSLCertificate? = nil,
        remoteAddress: String = ""
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.peerCertificate = peerCertificate
        self.remoteAddress = remoteAddress
    }
}

/// Decides what a request gets; called on the connection's event loop, must not block.
package typealias HTTPRouter = @Sendable (HTTPRequestSummary) -> RouteDecision

/// What a request gets.
package enum RouteDecision: Sendable {
    /// A WebSocket that speaks the JSON-RPC; the closure makes the connection's handler, on its event loop.
    case rpc(@Sendable (RPCConnectionInfo) -> any RPCHandler)
    /// An HTTP upgrade to `protocolName`, after which the channel carries raw bytes and no longer belongs to the server.
    ///
    /// The closure runs on the channel's event loop, adds its handlers there and completes its future when they are in
    /// place; bytes that came early are replayed then. Without a client certificate the server answers 403 by itself.
    case detach(
        protocolName: String,
        @Sendable (_ channel: any Channel, _ peer: NIOSSLCertificate) -> EventLoopFuture<Void>
    )
    /// A plain answer.
    case respond(HTTPAnswer)
}

/// A plain HTTP answer.
package struct HTTPAnswer: Sendable {
    package var status: HTTPResponseStatus
    package var contentType: String
    package var body: ByteBuffer
    /// Beside content type and length, which the server adds.
    package var headers: HTTPHeaders

    package init(
        _ status: HTTPResponseStatus,
        contentType: String = "text/plain; charset=utf-8",
        body: ByteBuffer,
        headers: HTTPHeaders = [:]
    ) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.headers = headers
    }

    /// An answer of plain text, a newline added.
    package init(_ status: HTTPResponseStatus, _ text: String, headers: HTTPHeaders = [:]) {
        self.init(status, body: ByteBuffer(string: text + "\n"), headers: headers)
    }
}
