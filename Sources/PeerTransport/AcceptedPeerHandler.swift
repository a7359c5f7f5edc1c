import Consensus
import Framing
import Logging
import NIOCore

/// The acceptor's end of a connection: hears who it is, then messages.
final class AcceptedPeerHandler: ChannelInboundHandler {
    typealias InboundIn = PeerFrame
    typealias OutboundOut = ByteBuffer

    private enum State {
        case awaitingHello(Scheduled<Void>?)
        case taken
        case refused
    }

    private let acceptor: PeerAcceptor
    private let peer: ServerID
    private var state = State.awaitingHello(nil)
    private var assembly: SnapshotAssembly?
    /// Delivered together at the end of the read: one hop to Raft's loop.
    private var messages: [Message] = []

    init(acceptor: PeerAcceptor, peer: ServerID) {
        self.acceptor = acceptor
        self.peer = peer
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        let timeout = context.eventLoop.assumeIsolated().scheduleTask(in: self.acceptor.options.helloTimeout) {
            guard case .awaitingHello = self.state else { return }
            self.complain("the peer connected and said nothing")
            channel.close(promise: nil)
        }
        self.state = .awaitingHello(timeout)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = self.unwrapInboundIn(data)
        switch self.state {
        case .awaitingHello(let timeout):
            timeout?.cancel()
            self.take(frame, context: context)
        case .taken:
            do {
                if let message = try self.message(in: frame) { self.messages.append(message) }
            } catch {
                self.refuse("controller \(self.peer) sent \(error)", context: context)
            }
        case .refused: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.deliver()
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .awaitingHello(let timeout) = self.state { timeout?.cancel() }
        self.deliver()
        self.acceptor.unregister(context.channel, of: self.peer)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch (self.state, error) {
        case (.refused, _): break
        case (_, is FrameError), (_, is PeerFrameError):
            self.refuse("controller \(self.peer) sent \(error)", context: context)
        default:
            // The network's own troubles; the peer dials again.
            context.close(promise: nil)
        }
    }

    private func take(_ frame: PeerFrame, context: ChannelHandlerContext) {
        guard frame.kind == .hello else {
            return self.refuse("controller \(self.peer) is refused: \(PeerHelloError.malformed)", context: context)
        }
        let hello: PeerHello
        do {
            hello = try PeerHello(decoding: frame.payload)
        } catch {
            return self.refuse("controller \(self.peer) is refused: \(error)", context: context)
        }
        if let objection = self.acceptor.objection(to: hello, from: self.peer) {
            return self.refuse(objection, context: context)
        }
        guard self.acceptor.register(context.channel, of: self.peer) else {
            self.state = .refused
            return context.close(promise: nil)
        }
        self.state = .taken
        var welcome = ByteBuffer()
        welcome.writeFrame(.welcome) { _ in }
        context.writeAndFlush(self.wrapOutboundOut(welcome), promise: nil)
    }

    private func message(in frame: PeerFrame) throws -> Message? {
        switch frame.kind {
        case .message:
            let message = try Message(decoding: Array(frame.payload.readableBytesView))
            if case .requestVote(let request) = message, request.candidate != self.peer {
                throw ForeignCandidate(candidate: request.candidate)
            }
            return message
        case .snapshotStart:
            self.assembly = try SnapshotAssembly(start: frame.payload, limit: self.acceptor.options.snapshotBytes)
        case .snapshotPart:
            guard self.assembly != nil else { throw SnapshotAssemblyError.malformed }
            try self.assembly?.append(frame.payload)
        case .hello, .welcome, .refusal: throw UnexpectedFrame(kind: frame.kind)
        }
        guard let message = self.assembly?.message else { return nil }
        self.assembly = nil
        return message
    }

    private func deliver() {
        guard !self.messages.isEmpty else { return }
        let messages = self.messages
        self.messages.removeAll(keepingCapacity: true)
        self.acceptor.received(messages, from: self.peer)
    }

    /// Tells the peer why, for its log too, and closes.
    private func refuse(_ sentence: String, context: ChannelHandlerContext) {
        self.state = .refused
        self.assembly = nil
        self.messages.removeAll()
        self.complain(sentence)
        var frame = ByteBuffer()
        frame.writeFrame(.refusal) { $0.writeString(sentence) }
        context.writeAndFlush(self.wrapOutboundOut(frame), promise: nil)
        context.close(promise: nil)
    }

    private func complain(_ sentence: String) {
        self.acceptor.logger.warning(
            "a peer's connection is refused: \(sentence)",
            metadata: ["peer": "\(self.peer)"]
        )
    }
}

/// A request for votes for somebody else than the sender.
private struct ForeignCandidate: Error, CustomStringConvertible {
    var candidate: ServerID

    var description: String { "a request for votes in the name of controller \(self.candidate)" }
}

/// A frame that has no place after the hello.
private struct UnexpectedFrame: Error, CustomStringConvertible {
    var kind: PeerFrame.Kind

    var description: String { "a frame of kind \(self.kind) that has no place here" }
}
