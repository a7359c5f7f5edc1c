import NIOCore

/// Takes the frames a controller sends out of the bytes that come; unmasked, as a server's are.
struct FrameReader {
    enum Frame {
        /// A whole message.
        case text(ByteBuffer)
        case ping(ByteBuffer)
        case pong
        case close
    }

    /// The bytes make no sense, or there are too many of them.
    struct Violation: Error {}

    /// Of one message: answers are small, but a bulk call's are a thousand.
    static let longest = 1 << 20

    private var buffer = ByteBuffer()
    /// A message whose last fragment has not come.
    private var partial: ByteBuffer?

    /// Takes bytes as they came.
    mutating func append(_ bytes: consuming ByteBuffer) {
        if self.buffer.readableBytes == 0 { self.buffer = bytes } else { self.buffer.writeBuffer(&bytes) }
    }

    /// The next whole frame; `nil` when more bytes are needed.
    mutating func next() throws(Violation) -> Frame? {
        while true {
            guard let (opcode, isLast, payload) = try self.frame() else {
                // Nothing is kept for a connection with nothing to say.
                if self.buffer.readableBytes == 0 { self.buffer = ByteBuffer() }
                return nil
            }
            switch opcode {
            case 0x1 where self.partial == nil:
                if isLast { return .text(payload) }
                self.partial = payload
            case 0x0:
                guard var whole = self.partial else { throw Violation() }
                var payload = payload
                whole.writeBuffer(&payload)
                guard whole.readableBytes <= Self.longest else { throw Violation() }
                self.partial = isLast ? nil : whole
                if isLast { return .text(whole) }
            case 0x8: return .close
            case 0x9: return .ping(payload)
            case 0xA: return .pong
            default: throw Violation()
            }
        }
    }

    private mutating func frame() throws(Violation) -> (opcode: UInt8, isLast: Bool, payload: ByteBuffer)? {
        let start = self.buffer.readerIndex
        guard let head = self.buffer.getInteger(at: start, as: UInt16.self) else { return nil }
        // No extension was agreed on, and a server does not mask.
        guard head & 0x7080 == 0 else { throw Violation() }
        var length = Int(head & 0x7F)
        var header = 2
        if length == 126 {
            guard let long = self.buffer.getInteger(at: start + 2, as: UInt16.self) else { return nil }
            (length, header) = (Int(long), 4)
        } else if length == 127 {
            guard let longer = self.buffer.getInteger(at: start + 2, as: UInt64.self) else { return nil }
            guard longer <= UInt64(Self.longest) else { throw Violation() }
            (length, header) = (Int(longer), 10)
        }
        guard self.buffer.readableBytes >= header + length else { return nil }
        self.buffer.moveReaderIndex(forwardBy: header)
        guard let payload = self.buffer.readSlice(length: length) else { return nil }
        return (UInt8(head >> 8 & 0x0F), head & 0x8000 != 0, payload)
    }
}
