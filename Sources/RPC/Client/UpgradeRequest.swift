import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Everything about one connection to be made: where to, how far to trust it, and what it is to become.
struct UpgradeRequest: Sendable {
    var host: String
    var port: Int
    var path: String
    var protocolName: String
    /// Beside those every upgrade has.
    var headers: HTTPHeaders = [:]
    var tls: NIOSSLContext
    var serverName: String?
    var timeout: Duration
    /// Says whether a 101 is the right one.
    var accept: @Sendable (HTTPResponseHead) -> Bool = { _ in true }
    /// Puts the new protocol's handlers in, on the channel's event loop.
    var configure: @Sendable (any Channel) -> EventLoopFuture<Void>

    /// `host:port`, for messages.
    var address: String { self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)" }

    /// Connects, all in at most `timeout`. Fails with `RPCConnectError`.
    func connect(on eventLoop: any EventLoop) -> EventLoopFuture<any Channel> {
        let promise = eventLoop.makePromise(of: (any Channel).self)
        let deadline = NIODeadline.now() + TimeAmount(self.timeout)
        let timeout = TimeAmount(self.timeout)
        ClientBootstrap(group: eventLoop)
            .connectTimeout(timeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try self.configureHTTP(channel, deadline: deadline, promise: promise)
                }
            }
            .connect(host: self.host, port: self.port)
            .whenFailure { promise.fail(RPCConnectError(connecting: self.address, cause: $0)) }
        return promise.futureResult
    }

    private func configureHTTP(
        _ channel: any Channel,
        deadline: NIODeadline,
        promise: EventLoopPromise<any Channel>
    ) throws {
        let encoder = HTTPRequestEncoder()
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderListSize = 16 * 1024
        let decoder = ByteToMessageHandler(
            HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
        )
        let handler = UpgradeClientHandler(
            request: self,
            deadline: deadline,
            codec: [decoder, encoder],
            promise: promise
        )
        try channel.pipeline.syncOperations.addHandlers([
            NIOSSLClientHandler(context: self.tls, serverHostname: self.serverName), encoder, decoder, handler,
        ])
    }
}
