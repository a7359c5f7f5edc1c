import NIOCore

/// Our end of a connection to a peer's hub: sends what the outbox holds as the connection takes it, and pings.
final class DialledPeerHandler: ChannelInboundHandler {
    typealias InboundIn = PubSubFrame
    typealias OutboundOut = ByteBuffer

    private let outbox: PeerOutbox
    private var connection: UInt64?
    private var liveness = PeerLiveness()
    private var pinging: RepeatedTask?

    init(outbox: PeerOutbox) { self.outbox = outbox }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { self.open(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        self.open(context)
        context.fireChannelActive()
    }

    private func open(_ context: ChannelHandlerContext) {
        guard self.connection == nil else { return }
        let eventLoop = context.eventLoop
        let bound = NIOLoopBound((self, context), eventLoop: eventLoop)
        self.connection = self.outbox.open {
            eventLoop.execute {
                let (handler, context) = bound.value
                handler.drain(context)
            }
        }
        self.pinging = eventLoop.scheduleRepeatedTask(
            initialDelay: PeerLiveness.pingInterval,
            delay: PeerLiveness.pingInterval
        ) { _ in
            let (handler, context) = bound.value
            handler.ping(context)
        }
    }

    private func ping(_ context: ChannelHandlerContext) {
        if self.liveness.isSilent { return context.close(promise: nil) }
        if let ping = PubSubFrame.ping.encoded() { context.writeAndFlush(self.wrapOutboundOut(ping), promise: nil) }
    }

    private func drain(_ context: ChannelHandlerContext) {
        guard self.connection != nil else { return }
        var hasWritten = false
        // Frames the connection cannot take yet stay in the outbox, which is the only queue and bounded.
        while context.channel.isWritable, let frame = self.outbox.next() {
            context.write(self.wrapOutboundOut(frame), promise: nil)
            hasWritten = true
        }
        if hasWritten { context.flush() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.drain(context) }
        context.fireChannelWritabilityChanged()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Only pings come back on a dialled connection; anything else has no business here and is ignored.
        self.liveness.heard()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.end() }

    private func end() {
        self.pinging?.cancel()
        self.pinging = nil
        if let connection = self.connection { self.outbox.close(connection) }
        self.connection = nil
    }
}
