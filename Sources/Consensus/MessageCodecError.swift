/// Why bytes are no message, or a message is too large to be sent.
package enum MessageCodecError: Error, Hashable, Sendable, CustomStringConvertible {
    case truncated
    case trailingBytes(Int)
    case unknownVersion(UInt8)
    case unknownKind(UInt8)
    /// A field has a value it cannot have.
    case badField(String)
    case tooLarge(bytes: Int, limit: Int)
    case tooManyEntries(Int, limit: Int)
    /// An `appendEntries` was to be sent before its entries were filled in.
    case notFilled(expected: Int, found: Int)
    case badConfiguration(String)

    package var description: String {
        switch self {
        case .truncated: "the message ends too early"
        case .trailingBytes(let count): "\(count) bytes follow the end of the message"
        case .unknownVersion(let version): "format \(version) is not known here: controllers of one version must talk"
        case .unknownKind(let kind): "message kind \(kind) is not known here"
        case .badField(let field): "field \(field) has a value it cannot have"
        case .tooLarge(let bytes, let limit): "\(bytes) bytes are more than the limit of \(limit)"
        case .tooManyEntries(let count, let limit): "\(count) entries are more than the limit of \(limit)"
        case .notFilled(let expected, let found): "\(expected) entries are announced and \(found) are there"
        case .badConfiguration(let reason): "the configuration cannot be used: \(reason)"
        }
    }
}
