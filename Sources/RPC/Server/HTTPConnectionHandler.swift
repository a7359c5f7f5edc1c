import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import NIOWebSocket

/// Speaks HTTP with a new connection until it is upgraded or closed. All state belongs to the channel's event loop.
final class HTTPConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = HTTPServerResponsePart

    let server: ServerContext
    let id: UInt64
    private let isOverLimit: Bool
    /// The HTTP codec, which goes when the connection is upgraded.
    private let codec: [any RemovableChannelHandler]
    private var machine: HTTPConnectionStateMachine
    private var context: ChannelHandlerContext?
    private var waitingSince = NIODeadline.now()
    private var isRegistered = false
    /// What came after the upgrade request and is not HTTP.
    private var early: [NIOAny] = []
    private var isReadHeld = false

    init(server: ServerContext, id: UInt64, isOverLimit: Bool, codec: [any RemovableChannelHandler]) {
        self.server = server
        self.id = id
        self.isOverLimit = isOverLimit
        self.codec = codec
        self.machine = HTTPConnectionStateMachine(limits: server.limits)
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.isRegistered = true
        self.server.connections(on: context.eventLoop).insert(self, id: self.id)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.leave() }

    func channelActive(context: ChannelHandlerContext) {
        if self.server.connections(on: context.eventLoop).isDraining { self.drain() }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.leave()
        context.fireChannelInactive()
    }

    /// The connection is gone or somebody else's.
    private func leave() {
        guard let context = self.context else { return }
        self.context = nil
        self.early = []
        if self.isRegistered { self.server.release(id: self.id, on: context.eventLoop) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if self.machine.isUpgrading {
            self.early.append(data)
            return
        }
        switch Self.unwrapInboundIn(data) {
        case .head(let head): self.machine.received(head)
        case .body(let body):
            if let refusal = self.machine.received(bodyBytes: body.readableBytes) {
                self.answer(refusal, to: nil, keepAlive: false)
            }
        case .end:
            if case .answer(let head) = self.machine.receivedEnd() { self.decide(head, context: context) }
        }
    }

    func read(context: ChannelHandlerContext) {
        // While the pipeline changes nothing more is read, so that little has to be kept; and a client that asks and asks
        // without reading its answers must not fill our memory with them.
        if self.machine.isUpgrading || !context.channel.isWritable { self.isReadHeld = true } else { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if self.isReadHeld, !self.machine.isUpgrading, context.channel.isWritable {
            self.isReadHeld = false
            context.read()
        }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.headerOverflow, is ByteToMessageDecoderError:
            self.refuse(HTTPAnswer(.requestHeaderFieldsTooLarge, "address and headers of the request are too large"))
        case is HTTPParserError: self.refuse(HTTPAnswer(.badRequest, "this is not HTTP"))
        default:
            // Mostly a failed handshake: a client that does not trust us, a scan, a broken connection.
            self.server.logger.debug("connection broke", metadata: ["connection": "\(self.id)", "error": "\(error)"])
            context.close(promise: nil)
        }
    }

    // MARK: Plain answers

    private func refuse(_ answer: HTTPAnswer) {
        if self.machine.close() { self.answer(answer, to: nil, keepAlive: false) }
    }

    private func answer(_ answer: HTTPAnswer, to head: HTTPRequestHead?, keepAlive: Bool) {
        guard let context = self.context else { return }
        var headers = answer.headers
        headers.replaceOrAdd(name: "content-type", value: answer.contentType)
        headers.replaceOrAdd(name: "content-length", value: String(answer.body.readableBytes))
        if !keepAlive { headers.replaceOrAdd(name: "connection", value: "close") }
        let response = HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)
        context.write(Self.wrapOutboundOut(.head(response)), promise: nil)
        if head?.method != .HEAD, answer.body.readableBytes > 0 {
            context.write(Self.wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
        }
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: written)
        if keepAlive {
            self.waitingSince = .now()
        } else {
            _ = self.machine.close()
            written.futureResult.assumeIsolated().whenComplete { _ in self.context?.close(promise: nil) }
        }
    }

    // MARK: Deciding

    private func decide(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        let decision = self.decision(head, context: context)
        // The decoder stops behind a request that asks for an upgrade, so without one the connection must end.
        let wantsUpgrade = head.headers.contains(name: "upgrade")
        switch decision {
        case .respond(let answer):
            let isStopping = self.server.connections(on: context.eventLoop).isDraining
            let keepAlive = head.isKeepAlive && !wantsUpgrade && !self.isOverLimit && !isStopping
            self.answer(answer, to: head, keepAlive: keepAlive)
        case .rpc(let makeHandler): self.upgradeToWebSocket(head, context: context, makeHandler: makeHandler)
        case .detach(let protocolName, let attach):
            self.detach(head, to: protocolName, context: context, attach: attach)
        }
    }

    /// What the router says, unless the server stops or is full.
    private func decision(_ head: HTTPRequestHead, context: ChannelHandlerContext) -> RouteDecision {
        if self.server.connections(on: context.eventLoop).isDraining {
            return .respond(HTTPAnswer(.serviceUnavailable, "apiserver shutdown in progress"))
        }
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let summary = HTTPRequestSummary(
            method: head.method,
            path: String(parts.first ?? ""),
            query: parts.count > 1 ? String(parts[1]) : "",
            headers: head.headers,
            peerCertificate: self.peerCertificate(context),
            remoteAddress: self.remote(context)
        )
        let decision = self.server.router(summary)
        if case .detach = decision { return decision }
        // Only controllers have certificates, and they need each other the more the more clients there are.
        guard self.isOverLimit, summary.peerCertificate == nil else { return decision }
        return .respond(
            HTTPAnswer(
                .serviceUnavailable,
                "too many connections, try another controller or later",
                headers: ["retry-after": "5"]
            )
        )
    }

    private func peerCertificate(_ context: ChannelHandlerContext) -> NIOSSLCertificate? {
        // Without TLS, as in tests, there is no such handler.
        try? context.pipeline.syncOperations.nioSSL_peerCertificate()
    }

    private func remote(_ context: ChannelHandlerContext) -> String {
        guard let address = context.remoteAddress, let host = address.ipAddress, let port = address.port else {
            return ""
        }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    // MARK: Upgrades

    /// Computes the headers of a WebSocket's 101; its other closures are never called.
    private static let webSocket = NIOWebSocketServerUpgrader(
        shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
        upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
    )

    private func upgradeToWebSocket(
        _ head: HTTPRequestHead,
        context: ChannelHandlerContext,
        makeHandler: @escaping @Sendable (RPCConnectionInfo) -> any RPCHandler
    ) {
        guard head.method == .GET, head.asksForUpgrade(to: "websocket") else {
            self.answer(
                HTTPAnswer(.upgradeRequired, "this is a WebSocket", headers: ["upgrade": "websocket"]),
                to: head,
                keepAlive: false
            )
            return
        }
        // Held in `.upgrading` from here on: the headers are ready at once, but by way of a future.
        self.machine.upgrade()
        let info = RPCConnectionInfo(
            id: self.id,
            path: String(head.uri.prefix { $0 != "?" }),
            remoteAddress: self.remote(context),
            peerCertificate: self.peerCertificate(context),
            eventLoop: context.eventLoop,
            close: { _ in }
        )
        Self.webSocket.buildUpgradeResponse(channel: context.channel, upgradeRequest: head, initialResponseHeaders: [:])
            .assumeIsolated()
            .whenComplete { result in
                guard case .success(let headers) = result else {
                    self.answer(
                        HTTPAnswer(
                            .badRequest,
                            "the WebSocket handshake needs version 13 and a key",
                            headers: ["sec-websocket-version": "13"]
                        ),
                        to: head,
                        keepAlive: false
                    )
                    return
                }
                self.switchProtocols(headers) { context in
                    let connections = self.server.connections(on: context.eventLoop)
                    let session = RPCSession(server: self.server, id: self.id, connections: connections) { close in
                        var info = info
                        info.close = close
                        return makeHandler(info)
                    }
                    let decoder = ByteToMessageHandler(
                        WebSocketFrameDecoder(maxFrameSize: self.server.limits.frameBytes)
                    )
                    try context.pipeline.syncOperations.addHandlers([decoder, session])
                    self.isRegistered = false
                    connections.insert(session, id: self.id)
                    if connections.isDraining { session.drain() }
                    return context.eventLoop.makeSucceededVoidFuture()
                }
            }
    }

    private func detach(
        _ head: HTTPRequestHead,
        to protocolName: String,
        context: ChannelHandlerContext,
        attach: @escaping @Sendable (any Channel, NIOSSLCertificate) -> EventLoopFuture<Void>
    ) {
        guard let certificate = self.peerCertificate(context) else {
            self.answer(
                HTTPAnswer(.forbidden, "only for controllers: show a controller's certificate"),
                to: head,
                keepAlive: false
            )
            return
        }
        guard head.asksForUpgrade(to: protocolName) else {
            self.answer(
                HTTPAnswer(.upgradeRequired, "ask for an upgrade", headers: ["upgrade": protocolName]),
                to: head,
                keepAlive: false
            )
            return
        }
        self.machine.upgrade()
        self.switchProtocols(["upgrade": protocolName, "connection": "upgrade"]) { context in
            self.isRegistered = false
            self.server.release(id: self.id, on: context.eventLoop)
            return attach(context.channel, certificate)
        }
    }

    /// Sends the 101, takes HTTP out of the pipeline, lets `attach` put the new protocol in, and replays what came early.
    private func switchProtocols(
        _ headers: HTTPHeaders,
        attach: @escaping (ChannelHandlerContext) throws -> EventLoopFuture<Void>
    ) {
        guard let context = self.context else { return }
        let head = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
        let removals = self.codec.map { context.pipeline.syncOperations.removeHandler($0) }
        EventLoopFuture.andAllComplete(removals, on: context.eventLoop)
            .assumeIsolated()
            .flatMap { () -> EventLoopFuture<Void> in
                guard let context = self.context else { return removals[0] }
                do {
                    return try attach(context)
                } catch {
                    return context.eventLoop.makeFailedFuture(error)
                }
            }
            .whenComplete { result in
                guard let context = self.context else { return }
                if case .failure(let error) = result {
                    self.server.logger.warning("upgrade failed", metadata: ["error": "\(error)"])
                    context.close(promise: nil)
                    return
                }
                self.replay(context)
            }
    }

    private func replay(_ context: ChannelHandlerContext) {
        let early = self.early
        let isReadHeld = self.isReadHeld
        self.early = []
        for data in early { context.fireChannelRead(data) }
        if !early.isEmpty { context.fireChannelReadComplete() }
        let channel = context.channel
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
        if isReadHeld { channel.read() }
    }
}

extension HTTPConnectionHandler: ServerConnection {
    func tick(now: NIODeadline) {
        let limits = self.server.limits
        let timeout = self.machine.awaitsFirstRequest ? limits.firstRequestTimeout : limits.keepAliveTimeout
        if now - self.waitingSince > timeout { self.context?.close(promise: nil) }
    }

    func drain() {
        // A request being received is still answered, with 503.
        if self.machine.isIdle { self.cut() }
    }

    func abort() { self.cut() }

    func cut() { self.context?.close(promise: nil) }
}

extension HTTPRequestHead {
    /// True when the request asks, in both headers that must, to go on as `protocolName`.
    fileprivate func asksForUpgrade(to protocolName: String) -> Bool {
        self.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == protocolName.lowercased() }
            && self.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
    }
}
