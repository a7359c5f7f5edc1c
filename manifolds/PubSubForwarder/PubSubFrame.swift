import Hub
import NIOCore

/// What travels on a `/pubsub` connection: a length, a checksum, and a message or nothing.
///
/// Body of a message: version, topic's length (1 byte) and text, origin, target (0 for all), then the payload's bytes.
enum PubSubFrame: Hashable, Sendable {
    /// Says that the sender is alive; answered with the same.
    case ping
    case message(ForwardedMessage)

    /// Why a connection must be closed: what came on it can not be trusted to be frames.
    enum Violation: Error, Hashable, CustomStringConvertible {
        case tooLarge(Int)
        case checksum
        case malformed
        case unknownVersion(UInt8)

        var description: String {
            switch self {
            case .tooLarge(let bytes): "a frame of \(bytes) bytes, at most \(PubSubFrame.bodyLimit) are allowed"
            case .checksum: "a frame whose checksum does not fit"
            case .malformed: "a frame that does not hold a message"
            case .unknownVersion(let version):
                "a frame of version \(version): see that all controllers run the same version"
            }
        }
    }

    /// Bytes a frame's body may have.
    static let bodyLimit = 1 << 20
    private static let headerBytes = 8
    private static let version: UInt8 = 1

    /// The frame as bytes; `nil` for a message too large to send.
    func encoded() -> ByteBuffer? {
        guard case .message(let message) = self else { return ByteBuffer(repeating: 0, count: Self.headerBytes) }
        let topic = Array(message.topic.utf8)
        let count = 2 + topic.count + 16 + message.bytes.count
        guard (1...255).contains(topic.count), count <= Self.bodyLimit else { return nil }
        var buffer = ByteBufferAllocator().buffer(capacity: Self.headerBytes + count)
        buffer.writeMultipleIntegers(UInt32(count), UInt32(0))
        buffer.writeMultipleIntegers(Self.version, UInt8(topic.count))
        buffer.writeBytes(topic)
        buffer.writeMultipleIntegers(message.origin, message.target ?? 0)
        buffer.writeBytes(message.bytes)
        let checksum = FrameChecksum.of(buffer.readableBytesView.dropFirst(Self.headerBytes))
        buffer.setInteger(checksum, at: buffer.readerIndex + 4)
        return buffer
    }

    /// Takes the next whole frame out of `buffer`, or `nil` when more bytes must come.
    static func read(from buffer: inout ByteBuffer) throws(Violation) -> PubSubFrame? {
        guard let (length, checksum) = buffer.peekHeader() else { return nil }
        // Before anything is kept for it: a length must not make us wait for a gigabyte.
        guard length <= Self.bodyLimit else { throw .tooLarge(Int(length)) }
        guard buffer.readableBytes >= Self.headerBytes + Int(length) else { return nil }
        buffer.moveReaderIndex(forwardBy: Self.headerBytes)
        guard var body = buffer.readSlice(length: Int(length)) else { throw .malformed }
        if length == 0 {
            guard checksum == 0 else { throw .checksum }
            return .ping
        }
        guard FrameChecksum.of(body.readableBytesView) == checksum else { throw .checksum }
        guard let (version, topicLength) = body.readMultipleIntegers(as: (UInt8, UInt8).self) else { throw .malformed }
        guard version == Self.version else { throw .unknownVersion(version) }
        guard topicLength > 0, let topicBytes = body.readBytes(length: Int(topicLength)),
            let topic = String(validating: topicBytes, as: UTF8.self),
            let (origin, target) = body.readMultipleIntegers(as: (UInt64, UInt64).self)
        else { throw .malformed }
        return .message(
            ForwardedMessage(
                topic: topic,
                origin: origin,
                target: target == 0 ? nil : target,
                bytes: Array(body.readableBytesView)
            )
        )
    }
}

extension ByteBuffer {
    fileprivate func peekHeader() -> (length: UInt32, checksum: UInt32)? {
        guard let length = self.getInteger(at: self.readerIndex, as: UInt32.self),
            let checksum = self.getInteger(at: self.readerIndex + 4, as: UInt32.self)
        else { return nil }
        return (length, checksum)
    }
}
