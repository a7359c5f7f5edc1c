package import NIOCore
package import NIOHTTP1
import NIOPosix
package import NIOSSL

/// One plain question to a controller's port, over a connection of its own: for `/health` and `/metrics`.
package struct HTTPGet: Sendable {
    /// What came back.
    package struct Answer: Sendable {
        package var status: HTTPResponseStatus
        package var headers: HTTPHeaders
        package var body: ByteBuffer
    }

    private let host: String
    private let port: Int
    private let tls: NIOSSLContext
    private let serverName: String?
    private let timeout: Duration

    /// - Parameters:
    ///   - serverName: the name the other end's certificate must carry; addresses are no names for TLS.
    ///   - timeout: for connecting, asking and reading together.
    package init(
        host: String,
        port: Int,
        tls: NIOSSLContext,
        serverName: String? = "juju-apiserver",
        timeout: Duration = .seconds(10)
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.serverName = serverName
        self.timeout = timeout
    }

    /// Asks for `path` and reads the whole answer, at most 16 MiB of it.
    ///
    /// - Throws: `RPCConnectError`.
    package func callAsFunction(_ path: String, on group: any EventLoopGroup) async throws -> Answer {
        let eventLoop = group.next()
        let promise = eventLoop.makePromise(of: Answer.self)
        let timeout = TimeAmount(self.timeout)
        let address = "\(self.host):\(self.port)"
        let (tls, serverName, host) = (self.tls, self.serverName, self.host)
        let expiry = eventLoop.scheduleTask(in: timeout) {
            promise.fail(RPCConnectError(.timedOut, "\(address) does not answer"))
        }
        ClientBootstrap(group: eventLoop)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: serverName))
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(HTTPAnswerCollector(path: path, host: host, promise: promise))
                }
            }
            .connect(host: self.host, port: self.port)
            .whenFailure { promise.fail($0) }
        do {
            let answer = try await promise.futureResult.get()
            expiry.cancel()
            return answer
        } catch {
            expiry.cancel()
            throw RPCConnectError(connecting: address, cause: error)
        }
    }
}

/// Asks once connected, and gathers the answer.
private final class HTTPAnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private static let largestBody = 16 << 20

    private let path: String
    private let host: String
    private let promise: EventLoopPromise<HTTPGet.Answer>
    private var answer: HTTPGet.Answer?

    init(path: String, host: String, promise: EventLoopPromise<HTTPGet.Answer>) {
        self.path = path
        self.host = host
        self.promise = promise
    }

    func handlerAdded(context: ChannelHandlerContext) {
        // Also when the caller has given up.
        let channel = context.channel
        self.promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
    }

    func channelActive(context: ChannelHandlerContext) {
        let headers: HTTPHeaders = ["host": self.host, "connection": "close"]
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: self.path, headers: headers)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let head): self.answer = .init(status: head.status, headers: head.headers, body: ByteBuffer())
        case .body(var part):
            self.answer?.body.writeBuffer(&part)
            if self.answer?.body.readableBytes ?? 0 > Self.largestBody {
                self.promise.fail(RPCConnectError(.protocolViolation, "the answer is too large"))
            }
        case .end:
            if let answer = self.answer { self.promise.succeed(answer) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { self.promise.fail(error) }

    func channelInactive(context: ChannelHandlerContext) {
        self.promise.fail(RPCConnectError(.protocolViolation, "the connection was closed without an answer"))
        context.fireChannelInactive()
    }
}
