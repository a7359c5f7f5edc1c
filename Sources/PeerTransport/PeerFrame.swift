package import NIOCore

/// One unit of the peer protocol: a length, a checksum, a kind and a payload.
///
/// On the wire, big-endian: 4 bytes length of kind and payload, 4 bytes CRC-32C of kind and payload, 1 byte kind,
/// payload. TLS has authenticated the bytes already; the checksum finds mistakes of our own before the consensus core,
/// which does not check bounds, sees them.
package struct PeerFrame: Hashable, Sendable {
    /// What the payload is.
    package enum Kind: UInt8, Sendable, CaseIterable {
        /// The dialler says who it is; the first frame, and only that.
        case hello = 1
        /// The acceptor takes the connection.
        case welcome = 2
        /// The acceptor does not take it; the payload is a sentence for the dialler's log.
        case refusal = 3
        /// An encoded `Message`.
        case message = 4
        /// An encoded `installSnapshot` message without the snapshot's bytes, and how many bytes follow in parts.
        case snapshotStart = 5
        /// The next bytes of the snapshot; other messages may come between two parts.
        case snapshotPart = 6
    }

    package var kind: Kind
    package var payload: ByteBuffer

    package init(kind: Kind, payload: ByteBuffer) {
        self.kind = kind
        self.payload = payload
    }

    /// Length and checksum.
    static let headerLength = 8
}

/// Why bytes from a peer are not frames.
package enum PeerFrameError: Error, Hashable, Sendable, CustomStringConvertible {
    case oversize(length: Int, limit: Int)
    case empty
    case checksum
    case unknownKind(UInt8)

    package var description: String {
        switch self {
        case .oversize(let length, let limit): "a frame of \(length) bytes, and at most \(limit) are taken"
        case .empty: "a frame without a kind"
        case .checksum: "a frame whose checksum does not match"
        case .unknownKind(let kind): "a frame of unknown kind \(kind)"
        }
    }
}

extension ByteBuffer {
    /// Appends a frame of `kind` whose payload `body` writes.
    package mutating func writeFrame(_ kind: PeerFrame.Kind, _ body: (inout ByteBuffer) -> Void) {
        let start = self.writerIndex
        self.writeInteger(0 as UInt64)
        self.writeInteger(kind.rawValue)
        body(&self)
        let content = start + PeerFrame.headerLength
        let length = self.writerIndex - content
        var checksum = FrameChecksum()
        self.withUnsafeReadableBytes { bytes in
            checksum.update(UnsafeRawBufferPointer(rebasing: bytes[(content - self.readerIndex)...]))
        }
        self.setInteger(UInt32(length), at: start)
        self.setInteger(checksum.value, at: start + 4)
    }
}
