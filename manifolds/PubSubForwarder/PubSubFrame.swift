import Framing
import Hub
import NIOCore

/// What travels on a `/pubsub` connection, a frame's content: a message or nothing.
///
/// A message: version, topic's length (1 byte) and text, origin, target (0 for all), then the payload's bytes.
enum PubSubFrame: Hashable, Sendable {
    /// Says that the sender is alive; answered with the same.
    case ping
    case message(ForwardedMessage)

    /// Why a connection must be closed: what came on it is no message of ours.
    enum Violation: Error, Hashable, CustomStringConvertible {
        case malformed
        case unknownVersion(UInt8)

        var description: String {
            switch self {
            case .malformed: "a frame that does not hold a message"
            case .unknownVersion(let version):
                "a frame of version \(version): see that all controllers run the same version"
            }
        }
    }

    /// Bytes a frame's content may have.
    static let contentLimit = 1 << 20
    private static let version: UInt8 = 1

    /// The frame as bytes; `nil` for a message too large to send.
    func encoded() -> ByteBuffer? {
        var buffer = ByteBuffer()
        guard case .message(let message) = self else {
            buffer.writeFrame { _ in }
            return buffer
        }
        let topic = Array(message.topic.utf8)
        let count = 2 + topic.count + 16 + message.bytes.count
        guard (1...255).contains(topic.count), count <= Self.contentLimit else { return nil }
        buffer.reserveCapacity(Frame.headerLength + count)
        buffer.writeFrame { content in
            content.writeMultipleIntegers(Self.version, UInt8(topic.count))
            content.writeBytes(topic)
            content.writeMultipleIntegers(message.origin, message.target ?? 0)
            content.writeBytes(message.bytes)
        }
        return buffer
    }
}

extension PubSubFrame: FrameContent {
    init(frame content: ByteBuffer) throws(Violation) {
        guard content.readableBytes > 0 else {
            self = .ping
            return
        }
        var content = content
        guard let (version, topicLength) = content.readMultipleIntegers(as: (UInt8, UInt8).self) else {
            throw .malformed
        }
        guard version == Self.version else { throw .unknownVersion(version) }
        guard topicLength > 0, let topicBytes = content.readBytes(length: Int(topicLength)),
            let topic = String(validating: topicBytes, as: UTF8.self),
            let (origin, target) = content.readMultipleIntegers(as: (UInt64, UInt64).self)
        else { throw .malformed }
        self = .message(
            ForwardedMessage(
                topic: topic,
                origin: origin,
                target: target == 0 ? nil : target,
                bytes: Array(content.readableBytesView)
            )
        )
    }
}
