/// Bytes as text in JSON, with the usual alphabet and padding.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
    /// By character: its six bits, or 255.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, character) in Self.alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    package static func encode(_ bytes: [UInt8]) -> String {
        let alphabet = Self.alphabet
        return String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { text in
            var place = 0
            var index = 0
            while index < bytes.count {
                let left = bytes.count - index
                let first = UInt32(bytes[index]) << 16
                let second = left > 1 ? UInt32(bytes[index + 1]) << 8 : 0
                let third = left > 2 ? UInt32(bytes[index + 2]) : 0
                let bits = first | second | third
                text[place] = alphabet[Int(bits >> 18)]
                text[place + 1] = alphabet[Int(bits >> 12 & 63)]
                text[place + 2] = left > 1 ? alphabet[Int(bits >> 6 & 63)] : Self.padding
                text[place + 3] = left > 2 ? alphabet[Int(bits & 63)] : Self.padding
                place += 4
                index += 3
            }
            return place
        }
    }

    /// `nil` for anything `encode` does not write.
    package static func decode(_ text: String) -> [UInt8]? {
        var text = text
        let values = Self.values
        return text.withUTF8 { text -> [UInt8]? in
            guard text.count.isMultiple(of: 4) else { return nil }
            var end = text.count
            while end > 0, text.count - end < 2, text[end - 1] == Self.padding { end -= 1 }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(text.count / 4 * 3)
            var bits: UInt32 = 0
            var count = 0
            for index in 0..<end {
                let value = values[Int(text[index])]
                guard value != 255 else { return nil }
                bits = bits << 6 | UInt32(value)
                count += 6
                guard count >= 8 else { continue }
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
                bits &= (1 << UInt32(count)) - 1
            }
            // What is left over are zeros: one text for each sequence of bytes.
            return bits == 0 && count < 6 ? bytes : nil
        }
    }
}
