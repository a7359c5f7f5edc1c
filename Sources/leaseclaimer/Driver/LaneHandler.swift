import NIOCore

/// The last handler of a connection's pipeline: frames in, bytes out. One for each time a lane is dialled.
final class LaneHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let lane: Lane
    private var context: ChannelHandlerContext?
    private var reader = FrameReader()

    init(_ lane: Lane) { self.lane = lane }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.ended() }

    func channelInactive(context: ChannelHandlerContext) {
        self.ended()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = Instant.now
        self.reader.append(Self.unwrapInboundIn(data))
        do throws(FrameReader.Violation) {
            while let frame = try self.reader.next() {
                // Nobody listens any more to what came with what ended it.
                guard self.context != nil else { return }
                switch frame {
                case .text(let message): self.lane.loop.received(message, on: self.lane, now: now)
                case .ping(let payload):
                    self.lane.loop.writer.writeControl(0xA, payload.readableBytesView, to: &self.lane.outgoing)
                    self.lane.loop.markDirty(self.lane)
                case .pong: break
                case .close: context.close(promise: nil)
                }
            }
        } catch {
            context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.lane.loop.endTurn(.now)
        context.fireChannelReadComplete()
    }

    func send(_ bytes: ByteBuffer) { self.context?.writeAndFlush(Self.wrapOutboundOut(bytes), promise: nil) }

    /// Closes without a word: what is lost is on the safe side.
    func close() {
        guard let context = self.context else { return }
        self.context = nil
        context.close(promise: nil)
    }

    private func ended() {
        guard self.context != nil else { return }
        self.context = nil
        self.lane.lost(now: .now)
    }
}
