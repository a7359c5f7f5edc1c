import NIOCore
import NIOHTTP1
import NIOSSL

/// The client's side of an HTTP upgrade. All state belongs to the channel's event loop.
final class UpgradeClientHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Never
    typealias OutboundOut = HTTPClientRequestPart

    /// How much of a refusal's body is kept for the message.
    private static let refusalBytes = 1_024

    private enum State {
        case waiting
        case refused(HTTPResponseHead, ByteBuffer)
        case accepted
        /// Bytes that come are kept for the new protocol.
        case upgrading([NIOAny])
        case done
    }

    private let request: UpgradeRequest
    private let deadline: NIODeadline
    private let codec: [any RemovableChannelHandler]
    private let promise: EventLoopPromise<any Channel>
    private var state = State.waiting
    private var timeout: Scheduled<Void>?
    private var isReadHeld = false

    init(
        request: UpgradeRequest,
        deadline: NIODeadline,
        codec: [any RemovableChannelHandler],
        promise: EventLoopPromise<any Channel>
    ) {
        self.request = request
        self.deadline = deadline
        self.codec = codec
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        self.timeout = context.eventLoop.assumeIsolated().scheduleTask(deadline: self.deadline) {
            self.fail(.timedOut, "no answer within \(self.request.timeout)", context: context)
        }
        var headers = self.request.headers
        headers.replaceOrAdd(name: "host", value: self.request.address)
        headers.replaceOrAdd(name: "connection", value: "upgrade")
        headers.replaceOrAdd(name: "upgrade", value: self.request.protocolName)
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: self.request.path, headers: headers)
        // Written now, sent when the TLS handshake is over.
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.fail(.protocolViolation, "it closed the connection without an answer", context: context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let described = RPCConnectError(connecting: self.request.address, cause: error)
        self.fail(described, context: context)
    }

    func read(context: ChannelHandlerContext) {
        if case .upgrading = self.state { self.isReadHeld = true } else { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .upgrading(var early) = self.state {
            self.state = .done
            early.append(data)
            self.state = .upgrading(early)
            return
        }
        switch (Self.unwrapInboundIn(data), self.state) {
        case (.head(let head), .waiting): self.received(head, context: context)
        case (.body(let bytes), .refused(let head, var body)):
            if body.readableBytes < Self.refusalBytes { body.writeImmutableBuffer(bytes) }
            self.state = .refused(head, body)
        case (.end, .refused(let head, let body)): self.refused(head, body, context: context)
        case (.end, .accepted): self.upgrade(context)
        default: break
        }
    }

    private func received(_ head: HTTPResponseHead, context: ChannelHandlerContext) {
        guard head.status == .switchingProtocols else {
            self.state = .refused(head, ByteBuffer())
            return
        }
        let protocols = head.headers[canonicalForm: "upgrade"].map { $0.lowercased() }
        guard protocols.contains(self.request.protocolName.lowercased()), self.request.accept(head) else {
            self.fail(.protocolViolation, "it agreed to another upgrade than was asked for", context: context)
            return
        }
        self.state = .accepted
    }

    private func refused(_ head: HTTPResponseHead, _ body: ByteBuffer, context: ChannelHandlerContext) {
        let text = String(decoding: body.readableBytesView.prefix(Self.refusalBytes), as: UTF8.self)
        let line = text.prefix { !$0.isNewline }
        self.fail(.refused(head.status), "it answered \(head.status.code): \(line)", context: context)
    }

    private func upgrade(_ context: ChannelHandlerContext) {
        self.state = .upgrading([])
        let channel = context.channel
        let removals = self.codec.map { context.pipeline.syncOperations.removeHandler($0) }
        EventLoopFuture.andAllComplete(removals, on: context.eventLoop)
            .flatMap { [request] in request.configure(channel) }
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success: self.finish(context)
                case .failure(let error):
                    self.fail(RPCConnectError(connecting: self.request.address, cause: error), context: context)
                }
            }
    }

    private func finish(_ context: ChannelHandlerContext) {
        guard case .upgrading(let early) = self.state else { return }
        self.state = .done
        self.timeout?.cancel()
        self.promise.succeed(context.channel)
        for data in early { context.fireChannelRead(data) }
        if !early.isEmpty { context.fireChannelReadComplete() }
        let channel = context.channel
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
        if self.isReadHeld { channel.read() }
    }

    private func fail(_ code: RPCConnectError.Code, _ what: String, context: ChannelHandlerContext) {
        self.fail(RPCConnectError(code, "\(self.request.address): \(what)"), context: context)
    }

    private func fail(_ error: RPCConnectError, context: ChannelHandlerContext) {
        if case .done = self.state { return }
        self.state = .done
        self.timeout?.cancel()
        self.promise.fail(error)
        context.close(promise: nil)
    }
}
