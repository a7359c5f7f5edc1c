import NIOCore
import NIOWebSocket

/// The client's end of one WebSocket: sends calls, matches answers, watches deadlines.
///
/// All state belongs to the channel's event loop. One timer serves all calls: it is armed for the earliest deadline seen
/// and looks at them all when it fires, so that a call that is answered in time costs no timer of its own.
final class RPCClientSession: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = ByteBuffer

    /// A call on its way to the loop.
    struct Call: Sendable {
        var id: UInt64
        var message: ByteBuffer
        var deadline: NIODeadline
        /// Called once, on any thread.
        var answer: @Sendable (Result<JSONValue, any Error>) -> Void
    }

    /// What other threads ask of the loop.
    enum Order: Sendable {
        case call(Call)
        /// Nobody waits for the answer any more.
        case forget(UInt64)
        case close
    }

    /// Of an answer, in bytes: lists of leases are long.
    static let maximumBytes = 16 << 20

    private var assembler = WebSocketAssembler(
        reader: .client,
        maximumBytes: RPCClientSession.maximumBytes,
        maximumFragments: 4_096
    )
    private var calls: [UInt64: Call] = [:]
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    private var timerDeadline = NIODeadline.distantFuture
    private var isClosing = false
    private let ended: @Sendable () -> Void

    /// - Parameter ended: called once when the connection is gone, before the calls without answers fail.
    init(ended: @escaping @Sendable () -> Void) { self.ended = ended }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.end() }

    func channelInactive(context: ChannelHandlerContext) {
        self.end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Whatever it was, calls learn of it as a lost connection.
        context.close(promise: nil)
    }

    private func end() {
        guard self.context != nil else { return }
        self.context = nil
        self.timer?.cancel()
        self.timer = nil
        self.ended()
        let calls = self.calls
        self.calls = [:]
        for call in calls.values { call.answer(.failure(RPCCallError.connectionClosed)) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do throws(WebSocketViolation) {
            switch try self.assembler.receive(Self.unwrapInboundIn(data)) {
            case .text(let message): self.receive(message)
            case .ping(let payload): self.write(.pong, payload)
            case .close: self.otherEndClosed()
            case .pong, .fragment: break
            }
        } catch {
            self.close(error.code, error.reason)
        }
    }

    private func receive(_ message: ByteBuffer) {
        let limits = JSONLimits(maximumBytes: Self.maximumBytes)
        guard let envelope = try? RPCEnvelope.parse(message, limits: limits),
            case .response(let response) = envelope.content
        else {
            self.close(.protocolError, "not an answer")
            return
        }
        // An answer nobody waits for any more came after its deadline.
        let call = self.calls.removeValue(forKey: response.id)
        call?.answer(response.result.mapError { $0 as any Error })
    }

    // MARK: Orders

    /// Carries out orders that came together; flushes once.
    func carryOut(_ orders: [Order]) {
        guard let context = self.context else {
            for case .call(let call) in orders { call.answer(.failure(RPCCallError.connectionClosed)) }
            return
        }
        var buffer = context.channel.allocator.buffer(capacity: orders.count * 256)
        for order in orders {
            switch order {
            case .call(let call) where self.isClosing:
                call.answer(.failure(RPCCallError.connectionClosed))
            case .call(let call):
                self.calls[call.id] = call
                buffer.writeWebSocketFrame(.text, call.message, mask: .random())
                self.armTimer(call.deadline, context: context)
            case .forget(let id): self.calls[id] = nil
            case .close: self.close(.normalClosure, "")
            }
        }
        if buffer.readableBytes > 0 { context.writeAndFlush(Self.wrapOutboundOut(buffer), promise: nil) }
    }

    private func armTimer(_ deadline: NIODeadline, context: ChannelHandlerContext) {
        guard deadline < self.timerDeadline else { return }
        self.timer?.cancel()
        self.timerDeadline = deadline
        self.timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.timerFired() }
    }

    private func timerFired() {
        guard let context = self.context else { return }
        let now = NIODeadline.now()
        self.timerDeadline = .distantFuture
        let late = self.calls.values.filter { $0.deadline <= now }
        for call in late {
            self.calls[call.id] = nil
            call.answer(.failure(RPCCallError(.timedOut, "no answer in time")))
        }
        if let next = self.calls.values.map(\.deadline).min() { self.armTimer(next, context: context) }
    }

    private func write(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) {
        guard let context = self.context else { return }
        var buffer = context.channel.allocator.buffer(capacity: payload.readableBytes + 14)
        buffer.writeWebSocketFrame(opcode, payload, mask: .random())
        context.writeAndFlush(Self.wrapOutboundOut(buffer), promise: nil)
    }

    // MARK: Closing

    private func close(_ code: WebSocketErrorCode, _ reason: String) {
        guard !self.isClosing, let context = self.context else { return }
        self.isClosing = true
        self.write(.connectionClose, .webSocketClose(code, reason))
        // The server answers with its own close and closes; a server that does not is not waited for long.
        context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.context?.close(promise: nil) }
    }

    private func otherEndClosed() {
        if !self.isClosing {
            self.isClosing = true
            self.write(.connectionClose, .webSocketClose(.normalClosure, ""))
        }
        self.context?.close(promise: nil)
    }
}
