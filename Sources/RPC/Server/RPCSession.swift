import Logging
import NIOCore
import NIOWebSocket

/// The server's end of one WebSocket that speaks the JSON-RPC.
///
/// All state belongs to the channel's event loop. Requests are handled there as they are parsed; answers come from any
/// thread through the outbox and leave together.
final class RPCSession: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// Answers larger than this together leave in more than one write.
    private static let writeBytes = 64 * 1024

    /// An answer on its way to the loop.
    struct Answer: Sendable {
        enum Content: Sendable {
            /// The whole message, made by whoever answered.
            case message(ByteBuffer)
            /// Written on the loop.
            case writing(UInt64, RPCSpelling, RPCAnswer)
        }

        /// Whose it is.
        var connection: UInt64
        var content: Content
        /// How large its request was.
        var requestBytes: Int
    }

    private let server: ServerContext
    private let id: UInt64
    /// Used once.
    private var makeHandler: ((_ close: @escaping @Sendable (String) -> Void) -> any RPCHandler)?
    private var handler: (any RPCHandler)?
    private var machine: RPCSessionStateMachine
    private var assembler: WebSocketAssembler
    private let connections: ServerConnections
    /// Answers of this turn of the loop.
    private var answers: [Answer] = []
    private var context: ChannelHandlerContext?
    private var lastHeard = NIODeadline.now()
    private var isPinged = false
    private var unwritableSince: NIODeadline?
    private var closedAt: NIODeadline?

    init(
        server: ServerContext,
        id: UInt64,
        connections: ServerConnections,
        makeHandler: @escaping (_ close: @escaping @Sendable (String) -> Void) -> any RPCHandler
    ) {
        self.server = server
        self.id = id
        self.connections = connections
        self.makeHandler = makeHandler
        self.machine = RPCSessionStateMachine(
            maximumRunning: server.limits.concurrentRequests,
            maximumBytes: 4 * server.limits.messageBytes
        )
        self.assembler = WebSocketAssembler(
            reader: .server,
            maximumBytes: server.limits.messageBytes,
            maximumFragments: server.limits.fragments
        )
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let eventLoop = context.eventLoop
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        self.handler = self.makeHandler? { reason in
            eventLoop.execute { bound.value.close(.policyViolation, reason) }
        }
        self.makeHandler = nil
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.end() }

    func channelInactive(context: ChannelHandlerContext) {
        self.end()
        context.fireChannelInactive()
    }

    /// The connection is over: nothing may keep this object or its handler alive.
    private func end() {
        guard let context = self.context else { return }
        self.context = nil
        self.answers = []
        self.server.release(id: self.id, on: context.eventLoop)
        self.handler?.connectionClosed()
        self.handler = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.lastHeard = .now()
        self.isPinged = false
        let frame = Self.unwrapInboundIn(data)
        if self.machine.isClosing, frame.opcode != .connectionClose { return }
        do throws(WebSocketViolation) {
            switch try self.assembler.receive(frame) {
            case .text(let message): self.receive(message)
            case .ping(let payload): self.write(.pong, payload, flush: true)
            case .close(let code): self.otherEndClosed(code)
            case .pong, .fragment: break
            }
        } catch {
            self.close(error.code, error.reason)
        }
    }

    func read(context: ChannelHandlerContext) {
        if self.machine.readRequested() { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        self.unwritableSince = isWritable ? nil : .now()
        self.machine.writabilityChanged(to: isWritable)
        while self.carryOut(self.machine.next()) {}
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? NIOWebSocketError {
            let violation = WebSocketViolation(decoding: error, frameBytes: self.server.limits.frameBytes)
            self.close(violation.code, violation.reason)
        } else {
            // The connection broke below the WebSocket: there is nobody to tell.
            self.server.logger.debug("connection broke", metadata: ["connection": "\(self.id)", "error": "\(error)"])
            context.close(promise: nil)
        }
    }

    // MARK: Requests and answers

    private func receive(_ message: ByteBuffer) {
        switch self.machine.received(message) {
        case .handle: self.handle(message)
        case .refuse: self.refuse(message)
        case .keep, .ignore: break
        }
    }

    private func handle(_ message: ByteBuffer) {
        guard let handler = self.handler else { return }
        let size = message.readableBytes
        do throws(RPCEnvelopeError) {
            var carryOut: ((RPCReply) -> Void)?
            let envelope = try RPCEnvelope.parse(message, limits: self.jsonLimits) { facade, version, method, bytes in
                carryOut = handler.direct(RPCCallName(facade: facade, version: version, method: method), bytes)
                return carryOut != nil
            }
            guard case .request(let request) = envelope.content else {
                self.close(.protocolError, "a response where a request was expected: it has no type and no request")
                return
            }
            let (connection, outbox) = (self.id, self.connections.outbox)
            let reply = RPCReply { [id = request.id, spelling = envelope.spelling] result in
                outbox.put(Answer(connection, id, spelling, result, requestBytes: size))
            }
            if let carryOut { carryOut(reply) } else { handler.handle(request, reply: reply) }
        } catch {
            guard let id = error.id else {
                self.close(.dataInconsistentWithMessage, error.description)
                return
            }
            self.connections.outbox.put(
                Answer(self.id, id, error.spelling, .failure(.notValid(error.description)), requestBytes: size)
            )
        }
    }

    private func refuse(_ message: ByteBuffer) {
        guard let envelope = try? RPCEnvelope.parse(message, limits: self.jsonLimits),
            case .request(let request) = envelope.content
        else { return }
        var answer = ByteBuffer()
        answer.writeMessage(answering: request.id, with: .failure(.shuttingDown), spelling: envelope.spelling)
        self.write(.text, answer, flush: true)
    }

    private var jsonLimits: JSONLimits {
        JSONLimits(maximumBytes: self.server.limits.messageBytes, maximumDepth: self.server.limits.jsonDepth)
    }

    func keep(_ answer: Answer) -> Bool {
        self.answers.append(answer)
        return self.answers.count == 1
    }

    /// Writes answers in as few writes as is reasonable and flushes once.
    func sendAnswers() {
        let answers = self.answers
        self.answers = []
        guard let context = self.context, !self.machine.isClosing else { return }
        var buffer = context.channel.allocator.buffer(capacity: min(answers.count * 256, Self.writeBytes))
        for answer in answers {
            self.write(answer.content, to: &buffer)
            if buffer.readableBytes >= Self.writeBytes {
                context.write(Self.wrapOutboundOut(buffer), promise: nil)
                buffer = context.channel.allocator.buffer(capacity: Self.writeBytes)
            }
        }
        if buffer.readableBytes > 0 { context.write(Self.wrapOutboundOut(buffer), promise: nil) }
        context.flush()
        for answer in answers { _ = self.carryOut(self.machine.answered(bytes: answer.requestBytes)) }
        while self.carryOut(self.machine.next()) {}
    }

    private func write(_ content: Answer.Content, to buffer: inout ByteBuffer) {
        switch content {
        case .message(let message): buffer.writeWebSocketFrame(.text, message, mask: nil)
        case .writing(let id, let spelling, let answer):
            self.connections.scratch.clear()
            self.connections.scratch.writeMessage(answering: id, with: .success(answer), spelling: spelling)
            buffer.writeWebSocketFrame(.text, self.connections.scratch, mask: nil)
        }
    }

    /// True when there may be more to do.
    private func carryOut(_ action: RPCSessionStateMachine.AnswerAction) -> Bool {
        switch action {
        case .handle(let message):
            self.handle(message)
            return true
        case .read: self.context?.read()
        case .close: self.sendClose(.goingAway, "the API server stops")
        case .nothing: break
        }
        return false
    }

    private func write(_ opcode: WebSocketOpcode, _ payload: ByteBuffer, flush: Bool) {
        guard let context = self.context else { return }
        var buffer = context.channel.allocator.buffer(capacity: payload.readableBytes + 10)
        buffer.writeWebSocketFrame(opcode, payload, mask: nil)
        context.write(Self.wrapOutboundOut(buffer), promise: nil)
        if flush { context.flush() }
    }

    // MARK: Closing

    private func close(_ code: WebSocketErrorCode, _ reason: String) {
        if self.machine.close() { self.sendClose(code, reason) }
    }

    /// Sends the close frame and waits, bounded by `tick`, for that of the other end.
    private func sendClose(_ code: WebSocketErrorCode, _ reason: String) {
        self.closedAt = .now()
        self.write(.connectionClose, .webSocketClose(code, reason), flush: true)
        // Reading may have been held, and the other end's close frame must be read.
        self.context?.read()
    }

    private func otherEndClosed(_ code: WebSocketErrorCode?) {
        if self.machine.close() {
            self.write(.connectionClose, .webSocketClose(code ?? .normalClosure, ""), flush: true)
        }
        self.context?.close(promise: nil)
    }
}

extension RPCSession: ServerConnection {
    func tick(now: NIODeadline) {
        let limits = self.server.limits
        if let closedAt, now - closedAt > limits.closeTimeout {
            self.context?.close(promise: nil)
        } else if let unwritableSince, now - unwritableSince > limits.slowReaderTimeout {
            self.server.logger.debug("client reads too slowly, closed", metadata: ["connection": "\(self.id)"])
            self.context?.close(promise: nil)
        } else if now - self.lastHeard > limits.pingInterval {
            // While reading is held nothing can be heard: then silence says nothing.
            if self.isPinged, !self.machine.isReadHeld {
                self.context?.close(promise: nil)
            } else {
                self.isPinged = true
                self.lastHeard = now
                self.write(.ping, ByteBuffer(), flush: true)
            }
        }
    }

    func drain() {
        let (closeNow, refused) = self.machine.drain()
        for message in refused { self.refuse(message) }
        if closeNow { self.sendClose(.goingAway, "the API server stops") }
    }

    func abort() { self.close(.goingAway, "the API server stops") }

    func cut() { self.context?.close(promise: nil) }
}

extension RPCSession.Answer {
    /// Values become text here, on the thread that answers: a long list must not hold up the loop.
    fileprivate init(
        _ connection: UInt64,
        _ id: UInt64,
        _ spelling: RPCSpelling,
        _ result: Result<RPCAnswer, RPCFailure>,
        requestBytes: Int
    ) {
        self.connection = connection
        self.requestBytes = requestBytes
        if case .success(.writing(let write)) = result {
            self.content = .writing(id, spelling, .writing(write))
        } else {
            var message = ByteBuffer()
            message.reserveCapacity(256)
            message.writeMessage(answering: id, with: result, spelling: spelling)
            self.content = .message(message)
        }
    }
}
