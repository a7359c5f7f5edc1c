import NIOCore

/// Cuts a byte stream into frames; an error closes the connection.
struct PubSubFrameDecoder: ByteToMessageDecoder {
    typealias InboundOut = PubSubFrame

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let frame = try PubSubFrame.read(from: &buffer) else { return .needMoreData }
        context.fireChannelRead(self.wrapInboundOut(frame))
        return .continue
    }

    mutating func decodeLast(
        context: ChannelHandlerContext,
        buffer: inout ByteBuffer,
        seenEOF: Bool
    ) throws -> DecodingState {
        // A frame cut off by the end of the connection is lost, like everything else that was under way.
        try self.decode(context: context, buffer: &buffer)
    }
}
