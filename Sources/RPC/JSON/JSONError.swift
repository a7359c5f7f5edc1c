/// How much a JSON text may ask of us.
package struct JSONLimits: Sendable, Hashable {
    /// Longer texts are refused before a byte is looked at.
    package var maximumBytes: Int
    /// Arrays and objects may be nested this deep.
    package var maximumDepth: Int

    package init(maximumBytes: Int = 1 << 20, maximumDepth: Int = 64) {
        self.maximumBytes = maximumBytes
        self.maximumDepth = maximumDepth
    }
}

/// Why a text is not JSON, or more of it than allowed, and at which byte.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    package enum Reason: Hashable, Sendable {
        case unexpectedEnd
        case unexpectedByte(UInt8, expected: String)
        case trailingBytes
        case invalidNumber
        case numberOutOfRange
        case invalidEscape
        case loneSurrogate
        case controlCharacter
        case invalidUTF8
        case duplicateKey(String)
        case wrongKind(member: String, expected: String)
        case tooDeep(limit: Int)
        case tooLong(limit: Int)
    }

    package var reason: Reason
    /// The byte, counted from 0, at which the text goes wrong; for a string or key its first byte.
    package var offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    package var description: String { "malformed JSON at byte \(self.offset): \(self.reason.sentence)" }
}

extension JSONError.Reason {
    /// The reason in words.
    fileprivate var sentence: String {
        switch self {
        case .unexpectedEnd: "the text ends too early"
        case .unexpectedByte(let byte, let expected): "found \(Self.name(byte)), expected \(expected)"
        case .trailingBytes: "something follows the value"
        case .invalidNumber: "not a number as JSON writes it"
        case .numberOutOfRange: "the number is too large"
        case .invalidEscape: "unknown escape in a string"
        case .loneSurrogate: "half of a surrogate pair"
        case .controlCharacter: "a control character in a string must be escaped"
        case .invalidUTF8: "not valid UTF-8"
        case .duplicateKey(let key): "the key \"\(key.prefix(64))\" stands twice in one object"
        case .wrongKind(let member, let expected): "\"\(member)\" must be \(expected)"
        case .tooDeep(let limit): "nested deeper than \(limit)"
        case .tooLong(let limit): "longer than \(limit) bytes"
        }
    }

    private static func name(_ byte: UInt8) -> String {
        (0x21...0x7e).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
    }
}
