import Framing
import Hub
import Logging
import NIOCore

/// The other end: gives a peer's messages to this controller's hub and answers its pings.
final class AcceptedPeerHandler: ChannelInboundHandler {
    typealias InboundIn = PubSubFrame
    typealias OutboundOut = ByteBuffer

    private let hub: Hub
    /// The controller the peer's certificate names.
    private let peer: UInt64
    private let logger: Logger
    private var liveness = PeerLiveness()
    private var watching: RepeatedTask?

    init(hub: Hub, peer: UInt64, logger: Logger) {
        self.hub = hub
        self.peer = peer
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        self.watching = context.eventLoop.scheduleRepeatedTask(
            initialDelay: PeerLiveness.silenceLimit,
            delay: PeerLiveness.pingInterval
        ) { _ in
            let (handler, context) = bound.value
            if handler.liveness.isSilent { context.close(promise: nil) }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.liveness.heard()
        switch self.unwrapInboundIn(data) {
        case .ping:
            // A peer that does not read its answers has no use for more of them.
            guard context.channel.isWritable, let ping = PubSubFrame.ping.encoded() else { return }
            context.writeAndFlush(self.wrapOutboundOut(ping), promise: nil)
        case .message(let message):
            // A controller speaks for itself only: a forged origin could answer another's requests.
            guard message.origin == self.peer else {
                self.logger.warning(
                    "a peer's message names another controller as its origin; the connection is closed",
                    metadata: ["peer": "\(self.peer)", "origin": "\(message.origin)"]
                )
                return context.close(promise: nil)
            }
            self.hub.receive(message)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is FrameError || error is PubSubFrame.Violation {
            self.logger.warning(
                "a peer's connection for publish and subscribe is closed: it sent \(error)",
                metadata: ["peer": "\(self.peer)"]
            )
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.watching?.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.watching?.cancel() }
}
