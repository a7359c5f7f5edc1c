import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

@testable import RPC

/// A real server on a free port of the loopback, its TLS, and clients for it.
struct ServerFixture {
    let server: HTTPServer
    let port: Int
    static let group = MultiThreadedEventLoopGroup.singleton

    /// Runs `body` against a server with `router` and closes it.
    static func with(
        limits: HTTPServerLimits = .init(),
        router: @escaping HTTPRouter = Self.echo(),
        _ body: (ServerFixture) async throws -> Void
    ) async throws {
        let tls = try Self.serverTLS()
        try await Self.with(tls: { tls }, limits: limits, router: router, body)
    }

    /// The same, with the TLS context `tls` gives for each connection.
    static func with(
        tls: @escaping @Sendable () -> NIOSSLContext,
        limits: HTTPServerLimits = .init(),
        router: @escaping HTTPRouter = Self.echo(),
        _ body: (ServerFixture) async throws -> Void
    ) async throws {
        let server = try await HTTPServer.bind(
            host: "127.0.0.1",
            port: 0,
            group: Self.group,
            tls: tls,
            limits: limits,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            router: router
        )
        let fixture = ServerFixture(server: server, port: server.localAddress.port ?? 0)
        do {
            try await body(fixture)
        } catch {
            await server.close(grace: .zero)
            throw error
        }
        await server.close(grace: .zero)
    }

    static func serverTLS(minimum: TLSVersion = .tlsv12) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [
                .certificate(try NIOSSLCertificate(bytes: Array(TestCertificates.controller.utf8), format: .pem))
            ],
            privateKey: .privateKey(
                try NIOSSLPrivateKey(bytes: Array(TestCertificates.controllerKey.utf8), format: .pem)
            )
        )
        configuration.trustRoots = .certificates([
            try NIOSSLCertificate(bytes: Array(TestCertificates.authority.utf8), format: .pem)
        ])
        configuration.certificateVerification = .optionalVerification
        configuration.minimumTLSVersion = minimum
        return try NIOSSLContext(configuration: configuration)
    }

    static func clientTLS(
        authority: String = TestCertificates.authority,
        asPeer: Bool = false,
        maximum: TLSVersion? = nil
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.maximumTLSVersion = maximum
        configuration.trustRoots = .certificates([try NIOSSLCertificate(bytes: Array(authority.utf8), format: .pem)])
        if asPeer {
            configuration.certificateChain = [
                .certificate(try NIOSSLCertificate(bytes: Array(TestCertificates.controller.utf8), format: .pem))
            ]
            configuration.privateKey = .privateKey(
                try NIOSSLPrivateKey(bytes: Array(TestCertificates.controllerKey.utf8), format: .pem)
            )
        }
        return try NIOSSLContext(configuration: configuration)
    }

    /// A router that serves `handler` on `/api` and answers `/health`.
    static func serving(_ handler: @escaping @Sendable (RPCConnectionInfo) -> any RPCHandler) -> HTTPRouter {
        { request in
            switch request.path {
            case "/api": .rpc(handler)
            case "/health": .respond(HTTPAnswer(.ok, "running"))
            default: .respond(HTTPAnswer(.notFound, "nothing here"))
            }
        }
    }

    static func echo() -> HTTPRouter { Self.serving { _ in ClosureHandler { $1.succeed($0.params) } } }

    func client(maximum: TLSVersion? = nil) async throws -> RPCClient {
        try await RPCClient.connect(
            host: "127.0.0.1",
            port: self.port,
            tls: try Self.clientTLS(maximum: maximum),
            group: Self.group,
            timeout: .seconds(20)
        )
    }

    /// An upgrade in which the test writes the bytes itself.
    func webSocket(path: String = "/api") async throws -> RawWebSocket {
        try await RawWebSocket.connect(port: self.port, path: path)
    }
}

/// Answers with a closure.
struct ClosureHandler: RPCHandler {
    var handler: @Sendable (RPCRequest, RPCReply) -> Void
    var closed: @Sendable () -> Void = {}

    init(_ handler: @escaping @Sendable (RPCRequest, RPCReply) -> Void) { self.handler = handler }

    init(closed: @escaping @Sendable () -> Void, _ handler: @escaping @Sendable (RPCRequest, RPCReply) -> Void) {
        self.handler = handler
        self.closed = closed
    }

    func handle(_ request: RPCRequest, reply: RPCReply) { self.handler(request, reply) }

    func connectionClosed() { self.closed() }
}

/// A WebSocket client without manners: sends any bytes, sees every frame.
struct RawWebSocket {
    let channel: any Channel
    let frames: AsyncStream<Frame>

    struct Frame: Sendable, Equatable {
        var opcode: WebSocketOpcode
        var text: String
        var closeCode: Int?
    }

    static func connect(port: Int, path: String) async throws -> RawWebSocket {
        let (frames, continuation) = AsyncStream.makeStream(of: Frame.self)
        let upgrader = NIOWebSocketClientUpgrader { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
        var request = UpgradeRequest(
            host: "127.0.0.1",
            port: port,
            path: path,
            protocolName: "websocket",
            tls: try ServerFixture.clientTLS(),
            serverName: "juju-apiserver",
            timeout: .seconds(20)
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers([
                    ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 1 << 24)), Collector(continuation),
                ])
            }
        }
        upgrader.addCustom(upgradeRequestHeaders: &request.headers)
        let channel = try await request.connect(on: ServerFixture.group.next()).get()
        return RawWebSocket(channel: channel, frames: frames)
    }

    func send(_ bytes: ByteBuffer) async throws { try await self.channel.writeAndFlush(bytes) }

    func send(_ opcode: WebSocketOpcode, _ text: String, mask: WebSocketMaskingKey? = .random()) async throws {
        var buffer = ByteBuffer()
        buffer.writeWebSocketFrame(opcode, ByteBuffer(string: text), mask: mask)
        try await self.send(buffer)
    }

    func next() async -> Frame? {
        for await frame in self.frames { return frame }
        return nil
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = WebSocketFrame
        private let continuation: AsyncStream<Frame>.Continuation

        init(_ continuation: AsyncStream<Frame>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let frame = Self.unwrapInboundIn(data)
            var payload = frame.unmaskedData
            let code = frame.opcode == .connectionClose ? payload.readInteger(as: UInt16.self) : nil
            self.continuation.yield(
                Frame(opcode: frame.opcode, text: String(buffer: payload), closeCode: code.map(Int.init))
            )
        }

        func channelInactive(context: ChannelHandlerContext) { self.continuation.finish() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
