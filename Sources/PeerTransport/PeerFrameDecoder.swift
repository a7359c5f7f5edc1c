package import NIOCore

/// Cuts a peer's bytes into frames; throws at the first that is none, after which the connection is of no use.
package struct PeerFrameDecoder: NIOSingleStepByteToMessageDecoder {
    package typealias InboundOut = PeerFrame

    private let limit: Int

    /// Takes frames of at most `limit` bytes, kind and payload together.
    package init(limit: Int) { self.limit = limit }

    package mutating func decode(buffer: inout ByteBuffer) throws -> PeerFrame? {
        let start = buffer.readerIndex
        guard let length = buffer.getInteger(at: start, as: UInt32.self).map({ Int($0) }) else { return nil }
        guard length <= self.limit else { throw PeerFrameError.oversize(length: length, limit: self.limit) }
        guard length > 0 else { throw PeerFrameError.empty }
        guard let expected = buffer.getInteger(at: start + 4, as: UInt32.self),
            var content = buffer.getSlice(at: start + PeerFrame.headerLength, length: length)
        else { return nil }
        buffer.moveReaderIndex(forwardBy: PeerFrame.headerLength + length)
        var checksum = FrameChecksum()
        content.withUnsafeReadableBytes { checksum.update($0) }
        guard checksum.value == expected else { throw PeerFrameError.checksum }
        let rawKind = content.readInteger(as: UInt8.self) ?? 0
        guard let kind = PeerFrame.Kind(rawValue: rawKind) else { throw PeerFrameError.unknownKind(rawKind) }
        return PeerFrame(kind: kind, payload: content)
    }

    package mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> PeerFrame? {
        try self.decode(buffer: &buffer)
    }
}
