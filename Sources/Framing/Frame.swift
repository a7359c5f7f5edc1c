import Checksum
package import NIOCore

/// How bytes between controllers are cut into pieces: a length, a checksum and a content.
///
/// On the wire, big-endian: 4 bytes length of the content, 4 bytes CRC-32C of the content, content. TLS has
/// authenticated the bytes already; the checksum finds framing that has gone wrong before a content is believed.
package enum Frame {
    /// Bytes of length and checksum together.
    package static let headerLength = 8
}

/// What the frames of one connection hold.
package protocol FrameContent {
    /// Reads the content of one frame; what it throws ends the connection.
    init(frame content: ByteBuffer) throws
}

/// Why bytes are not frames.
package enum FrameError: Error, Hashable, Sendable, CustomStringConvertible {
    case oversize(length: Int, limit: Int)
    case checksum

    package var description: String {
        switch self {
        case .oversize(let length, let limit): "a frame of \(length) bytes, and at most \(limit) are taken"
        case .checksum: "a frame whose checksum does not match"
        }
    }
}

extension ByteBuffer {
    /// Appends a frame whose content `body` writes; nothing else may be done to the buffer there.
    package mutating func writeFrame(_ body: (inout ByteBuffer) -> Void) {
        let start = self.writerIndex
        self.writeInteger(0 as UInt64)
        body(&self)
        let content = start + Frame.headerLength
        let skipped = content - self.readerIndex
        var checksum = CRC32C()
        self.withUnsafeReadableBytes { checksum.update(UnsafeRawBufferPointer(rebasing: $0[skipped...])) }
        self.setInteger(UInt32(self.writerIndex - content), at: start)
        self.setInteger(checksum.value, at: start + 4)
    }
}
