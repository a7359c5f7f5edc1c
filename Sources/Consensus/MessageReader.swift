/// Takes a message's bytes apart and never reads or allocates beyond what is there.
struct MessageReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var remaining: Int { self.bytes.count - self.position }

    mutating func readByte() throws(MessageCodecError) -> UInt8 {
        guard self.position < self.bytes.count else { throw .truncated }
        defer { self.position += 1 }
        return self.bytes[self.position]
    }

    mutating func readFlag(_ field: String) throws(MessageCodecError) -> Bool {
        switch try self.readByte() {
        case 0: false
        case 1: true
        default: throw .badField(field)
        }
    }

    /// Refuses what the writer would not have written, so that each message has one encoding.
    mutating func readInteger() throws(MessageCodecError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let byte = try self.readByte()
            let bits = UInt64(byte & 0x7f)
            guard shift < 63 || byte <= 1 else { throw .badField("integer") }
            value |= bits << shift
            if byte & 0x80 == 0 {
                guard shift == 0 || byte != 0 else { throw .badField("integer") }
                return value
            }
        }
        throw .badField("integer")
    }

    mutating func readShort(_ field: String) throws(MessageCodecError) -> UInt16 {
        guard let value = UInt16(exactly: try self.readInteger()) else { throw .badField(field) }
        return value
    }

    mutating func readCount(maximum: Int) throws(MessageCodecError) -> Int {
        let value = try self.readInteger()
        guard value <= UInt64(maximum) else { throw .tooManyEntries(Int(clamping: value), limit: maximum) }
        return Int(value)
    }

    mutating func readBytes(maximum: Int = .max) throws(MessageCodecError) -> [UInt8] {
        let count = try self.readInteger()
        guard count <= UInt64(maximum) else { throw .tooLarge(bytes: Int(clamping: count), limit: maximum) }
        guard count <= UInt64(self.remaining) else { throw .truncated }
        defer { self.position += Int(count) }
        return Array(self.bytes[self.position..<self.position + Int(count)])
    }

    func finish() throws(MessageCodecError) {
        guard self.remaining == 0 else { throw .trailingBytes(self.remaining) }
    }
}
