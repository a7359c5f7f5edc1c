import NIOCore
import NIOWebSocket

/// Puts messages together from frames and tells control frames apart: pure, one for each direction of a connection.
struct WebSocketAssembler {
    /// Which end of the connection reads: a server's frames come masked, a client's must not.
    enum Reader: Sendable {
        case server, client
    }

    /// What a frame meant.
    enum Event {
        case text(ByteBuffer)
        case ping(ByteBuffer)
        case pong
        case close(WebSocketErrorCode?)
        /// A fragment of a message that is not complete.
        case fragment
    }

    private let reader: Reader
    private let maximumBytes: Int
    private let maximumFragments: Int
    private var partial: ByteBuffer?
    private var fragments = 0

    init(reader: Reader, maximumBytes: Int, maximumFragments: Int) {
        self.reader = reader
        self.maximumBytes = maximumBytes
        self.maximumFragments = maximumFragments
    }

    /// Takes the next frame.
    mutating func receive(_ frame: WebSocketFrame) throws(WebSocketViolation) -> Event {
        guard frame.reservedBits.isEmpty else {
            throw WebSocketViolation(.protocolError, "a reserved bit is set, but no extension was agreed on")
        }
        guard (frame.maskKey != nil) == (self.reader == .server) else {
            throw WebSocketViolation(.protocolError, "a client must mask its frames, a server must not")
        }
        switch frame.opcode {
        case .text:
            guard self.partial == nil else { throw Self.interleaved }
            return try self.append(frame)
        case .continuation:
            guard self.partial != nil else {
                throw WebSocketViolation(.protocolError, "a continuation of nothing")
            }
            return try self.append(frame)
        case .ping: return .ping(frame.payload)
        case .pong: return .pong
        case .connectionClose:
            var data = frame.payload
            return .close(data.readWebSocketErrorCode())
        case .binary: throw WebSocketViolation(.unacceptableData, "messages are JSON in text frames, not binary ones")
        default: throw WebSocketViolation(.protocolError, "unknown kind of frame")
        }
    }

    private static var interleaved: WebSocketViolation {
        WebSocketViolation(.protocolError, "a new message before the last one was complete")
    }

    private mutating func append(_ frame: WebSocketFrame) throws(WebSocketViolation) -> Event {
        let size = (self.partial?.readableBytes ?? 0) + frame.length
        guard size <= self.maximumBytes else {
            throw WebSocketViolation(.messageTooLarge, "a message may have at most \(self.maximumBytes) bytes")
        }
        var data = frame.payload
        if frame.fin, self.partial == nil { return .text(data) }
        self.fragments += 1
        guard self.fragments <= self.maximumFragments else {
            throw WebSocketViolation(.messageTooLarge, "a message may have at most \(self.maximumFragments) frames")
        }
        if self.partial == nil {
            self.partial = data
        } else {
            self.partial?.writeBuffer(&data)
        }
        guard frame.fin else { return .fragment }
        defer {
            self.partial = nil
            self.fragments = 0
        }
        return .text(self.partial ?? ByteBuffer())
    }
}
