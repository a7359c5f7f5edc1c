/// What the lease formats are made of: fixed words, varints (LEB128, shortest form) and length-prefixed UTF-8.
extension [UInt8] {
    /// Bytes of one text in any of the formats. More than a name may have, so that a name that is too long reaches the
    /// replicas and is refused there as one operation, not as a whole batch.
    static let longestText = 1_024

    @inline(__always)
    mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func append(word: UInt64) {
        Swift.withUnsafeBytes(of: word.littleEndian) { self.append(contentsOf: $0) }
    }

    mutating func append(half: UInt32) {
        Swift.withUnsafeBytes(of: half.littleEndian) { self.append(contentsOf: $0) }
    }

    mutating func append(_ id: OperationID) {
        self.append(word: id.high)
        self.append(word: id.low)
    }

    mutating func append(text: String) {
        text.writable.withBytes { bytes in
            self.append(varint: UInt64(bytes.count))
            self.append(contentsOf: bytes)
        }
    }

    mutating func append(flag: Bool) { self.append(flag ? 1 : 0) }
}

extension String {
    /// The text as it is written: a longer one is cut at a character's end; it stays longer than any name may be, so
    /// replicas still refuse it.
    var writable: String {
        guard self.utf8.count > [UInt8].longestText else { return self }
        return self.withBytes { bytes in
            var count = [UInt8].longestText
            while bytes[count] & 0xc0 == 0x80 { count -= 1 }
            return String(decoding: bytes[..<count], as: UTF8.self)
        }
    }
}
