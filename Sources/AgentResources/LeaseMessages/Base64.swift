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
            let count = end / 4 * 3 + max(end % 4 - 1, 0)
            var isValid = end % 4 != 1
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { bytes, written in
                written = count
                values.withUnsafeBufferPointer { values in
                    // A character of no value is 255: its upper bits show in the union of all.
                    var union: UInt8 = 0
                    var place = 0
                    for index in stride(from: 0, to: end / 4 * 4, by: 4) {
                        let first = values[Int(text[index])]
                        let second = values[Int(text[index + 1])]
                        let third = values[Int(text[index + 2])]
                        let fourth = values[Int(text[index + 3])]
                        union |= first | second | third | fourth
                        bytes[place] = first << 2 | second >> 4
                        bytes[place + 1] = second << 4 | third >> 2
                        bytes[place + 2] = third << 6 | fourth
                        place += 3
                    }
                    // What is left over of the last characters are zeros: one text for each sequence of bytes.
                    var bits: UInt32 = 0
                    for index in end / 4 * 4..<end {
                        union |= values[Int(text[index])]
                        bits = bits << 6 | UInt32(values[Int(text[index])] & 63)
                    }
                    switch end % 4 {
                    case 2:
                        bytes[place] = UInt8(truncatingIfNeeded: bits >> 4)
                        isValid = isValid && bits & 15 == 0
                    case 3:
                        bytes[place] = UInt8(truncatingIfNeeded: bits >> 10)
                        bytes[place + 1] = UInt8(truncatingIfNeeded: bits >> 2)
                        isValid = isValid && bits & 3 == 0
                    default: break
                    }
                    isValid = isValid && union < 64
                }
            }
            return isValid ? bytes : nil
        }
    }
}
