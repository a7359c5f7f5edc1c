/// Reads the plainest form of JSON straight from its bytes, for messages that come by the hundred thousand.
///
/// Every step answers `nil` or false for what is not plain: strings with escapes or beyond ASCII, fractions, other kinds
/// than expected, malformed text. Whoever reads then gives up and has the text read by `JSONParser`, which alone says
/// what is wrong; so nothing is accepted here that would be refused there. Lives only inside the closure that lends it
/// the bytes; every access checks its bounds.
package struct JSONCursor {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0

    package init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Past white space, and past `byte` when that is next.
    package mutating func take(_ byte: UInt8) -> Bool {
        self.skipWhiteSpace()
        guard self.index < self.bytes.count, self.bytes[self.index] == byte else { return false }
        self.index += 1
        return true
    }

    /// True when nothing but white space is left.
    package mutating func isAtEnd() -> Bool {
        self.skipWhiteSpace()
        return self.index == self.bytes.count
    }

    /// The bytes of a string of printable ASCII without escapes.
    package mutating func string() -> UnsafeBufferPointer<UInt8>? {
        guard self.take(UInt8(ascii: "\"")) else { return nil }
        let first = self.index
        while self.index < self.bytes.count {
            switch self.bytes[self.index] {
            case UInt8(ascii: "\""):
                defer { self.index += 1 }
                return UnsafeBufferPointer(rebasing: self.bytes[first..<self.index])
            case UInt8(ascii: "\\"), 0..<0x20, 0x7f...: return nil
            default: self.index += 1
            }
        }
        return nil
    }

    /// A key and the colon after it.
    package mutating func key() -> UnsafeBufferPointer<UInt8>? {
        guard let key = self.string(), self.take(UInt8(ascii: ":")) else { return nil }
        return key
    }

    /// A whole number from 0 on, of at most 18 digits.
    package mutating func whole() -> Int64? {
        self.skipWhiteSpace()
        let first = self.index
        var value: Int64 = 0
        while self.index < self.bytes.count, case let digit = self.bytes[self.index] &- UInt8(ascii: "0"), digit < 10 {
            guard self.index - first < 18 else { return nil }
            value = value &* 10 &+ Int64(digit)
            self.index += 1
        }
        let count = self.index - first
        guard count > 0, count == 1 || self.bytes[first] != UInt8(ascii: "0") else { return nil }
        // What makes it a fraction would be taken for what separates it from the next member, and is refused there.
        return value
    }

    private mutating func skipWhiteSpace() {
        while self.index < self.bytes.count {
            switch self.bytes[self.index] {
            case 0x20, 0x09, 0x0a, 0x0d: self.index += 1
            default: return
            }
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether these are the bytes of `text`.
    package func spells(_ text: StaticString) -> Bool {
        guard self.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<self.count where self[index] != text.utf8Start[index] { return false }
        return true
    }

    /// Whether these are the UTF-8 bytes of `text`.
    package func spells(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { $0.count == self.count && $0.elementsEqual(self) }
    }
}
