/// What the lease formats are made of: fixed words, varints (LEB128, shortest form) and length-prefixed UTF-8.
extension [UInt8] {
    /// Bytes of one text in any of the formats. More than a name may have, so that a name that is too long reaches the
    /// replicas and is refused there as one operation, not as a whole batch.
    static let longestText = 1_024

    mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func append(word: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { self.append(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
    }

    /// A longer text is cut at a character's end; it stays longer than any name may be, so replicas still refuse it.
    mutating func append(text: String) {
        var count = text.utf8.count
        if count > Self.longestText {
            count = Self.longestText
            text.withBytes { bytes in
                while bytes[count] & 0xc0 == 0x80 { count -= 1 }
            }
        }
        self.append(varint: UInt64(count))
        text.withBytes { self.append(contentsOf: $0.prefix(count)) }
    }

    mutating func append(flag: Bool) { self.append(flag ? 1 : 0) }
}
