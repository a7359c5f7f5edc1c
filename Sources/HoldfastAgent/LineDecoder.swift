import NIOConcurrencyHelpers
import NIOCore

/// Splits a stream of bytes at line feeds; a longer line than allowed closes the connection.
struct LineDecoder: ByteToMessageDecoder {
    typealias InboundOut = ByteBuffer

    struct LineTooLong: Error {}

    let longestLine: Int

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let end = buffer.readableBytesView.firstIndex(of: 10) else {
            guard buffer.readableBytes <= self.longestLine else { throw LineTooLong() }
            return .needMoreData
        }
        let length = end - buffer.readableBytesView.startIndex
        guard length <= self.longestLine, let line = buffer.readSlice(length: length) else { throw LineTooLong() }
        buffer.moveReaderIndex(forwardBy: 1)
        context.fireChannelRead(self.wrapInboundOut(line))
        return .continue
    }

    mutating func decodeLast(
        context: ChannelHandlerContext,
        buffer: inout ByteBuffer,
        seenEOF: Bool
    ) throws -> DecodingState {
        while try self.decode(context: context, buffer: &buffer) == .continue {}
        return .needMoreData
    }
}

/// How many connections may be open at once; places are given back from the tasks that serve them.
struct ConnectionLimit {
    final class Place: Sendable {
        private let taken: NIOLockedValueBox<Int>

        fileprivate init(_ taken: NIOLockedValueBox<Int>) { self.taken = taken }

        func giveBack() { self.taken.withLockedValue { $0 -= 1 } }
    }

    private let taken = NIOLockedValueBox(0)
    private let most: Int

    init(most: Int) { self.most = most }

    /// A place, or `nil` when all are taken.
    mutating func take() -> Place? {
        self.taken.withLockedValue { taken in
            guard taken < self.most else { return nil }
            taken += 1
            return Place(self.taken)
        }
    }
}
