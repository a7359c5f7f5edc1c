import Checksum
package import NIOCore

/// Cuts bytes into frames; throws at the first that is none, after which the connection is of no use.
package struct FrameDecoder<Content: FrameContent>: NIOSingleStepByteToMessageDecoder {
    package typealias InboundOut = Content

    private let limit: Int

    /// Takes frames whose content has at most `limit` bytes.
    package init(limit: Int) { self.limit = limit }

    package mutating func decode(buffer: inout ByteBuffer) throws -> Content? {
        let start = buffer.readerIndex
        guard let length = buffer.getInteger(at: start, as: UInt32.self).map({ Int($0) }) else { return nil }
        // Before anything is kept for it: a length must not make us wait for a gigabyte.
        guard length <= self.limit else { throw FrameError.oversize(length: length, limit: self.limit) }
        guard let expected = buffer.getInteger(at: start + 4, as: UInt32.self),
            let content = buffer.getSlice(at: start + Frame.headerLength, length: length)
        else { return nil }
        buffer.moveReaderIndex(forwardBy: Frame.headerLength + length)
        var checksum = CRC32C()
        content.withUnsafeReadableBytes { checksum.update($0) }
        guard checksum.value == expected else { throw FrameError.checksum }
        return try Content(frame: content)
    }

    package mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> Content? {
        // A frame cut off by the end of the connection is lost, like everything else that was under way.
        try self.decode(buffer: &buffer)
    }
}
