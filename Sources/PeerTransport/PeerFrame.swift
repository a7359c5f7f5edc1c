import Framing
package import NIOCore

/// One unit of the peer protocol, a frame's content: 1 byte kind, payload.
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
}

extension PeerFrame: FrameContent {
    package init(frame content: ByteBuffer) throws(PeerFrameError) {
        var content = content
        guard let rawKind = content.readInteger(as: UInt8.self) else { throw .empty }
        guard let kind = Kind(rawValue: rawKind) else { throw .unknownKind(rawKind) }
        self.init(kind: kind, payload: content)
    }
}

/// Why a frame from a peer is none of the peer protocol.
package enum PeerFrameError: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    case unknownKind(UInt8)

    package var description: String {
        switch self {
        case .empty: "a frame without a kind"
        case .unknownKind(let kind): "a frame of unknown kind \(kind)"
        }
    }
}

extension ByteBuffer {
    /// Appends a frame of `kind` whose payload `body` writes.
    package mutating func writeFrame(_ kind: PeerFrame.Kind, _ body: (inout ByteBuffer) -> Void) {
        self.writeFrame { content in
            content.writeInteger(kind.rawValue)
            body(&content)
        }
    }
}
