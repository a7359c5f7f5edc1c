package import NIOCore

/// Any JSON value as the RPC path carries it.
///
/// Numbers without fraction or exponent that fit in 64 bits stay exact integers; all others are doubles.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    /// Reads exactly one JSON text, surrounded by nothing but white space.
    package static func parse(_ bytes: [UInt8], limits: JSONLimits = .init()) throws(JSONError) -> JSONValue {
        try bytes.withUnsafeBufferPointer { Self.parse(text: $0, limits: limits) }.get()
    }

    /// Reads the readable bytes of `buffer` as exactly one JSON text.
    package static func parse(_ buffer: ByteBuffer, limits: JSONLimits = .init()) throws(JSONError) -> JSONValue {
        let result: Result<JSONValue, JSONError> = buffer.withUnsafeReadableBytes {
            Self.parse(text: $0.assumingMemoryBound(to: UInt8.self), limits: limits)
        }
        return try result.get()
    }

    /// Reads the UTF-8 of `text` as exactly one JSON text.
    package static func parse(_ text: String, limits: JSONLimits = .init()) throws(JSONError) -> JSONValue {
        try Self.parse(Array(text.utf8), limits: limits)
    }

    private static func parse(text: UnsafeBufferPointer<UInt8>, limits: JSONLimits) -> Result<JSONValue, JSONError> {
        Result { () throws(JSONError) in
            var parser = try JSONParser(text, limits: limits)
            let value = try parser.parseValue()
            try parser.expectEnd()
            return value
        }
    }

    /// The shortest JSON text of this value, keys in the order they were added.
    package var serialized: [UInt8] {
        var buffer = ByteBuffer()
        buffer.writeJSON(self)
        return Array(buffer.readableBytesView)
    }
}

extension JSONValue: CustomStringConvertible {
    package var description: String { String(decoding: self.serialized, as: UTF8.self) }
}

// MARK: Looking inside

extension JSONValue {
    /// The string, or `nil` for any other kind.
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    /// The boolean, or `nil` for any other kind.
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The integer; `nil` for any other kind, doubles included.
    package var int: Int64? { if case .int(let value) = self { value } else { nil } }
    /// The number as a double; `nil` for any other kind.
    package var double: Double? {
        switch self {
        case .double(let value): value
        case .int(let value): Double(value)
        case .null, .bool, .string, .array, .object: nil
        }
    }
    /// The elements, or `nil` for any other kind.
    package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    /// The object, or `nil` for any other kind.
    package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
    /// True for `null`.
    package var isNull: Bool { self == .null }

    /// The member named `key`; `nil` when there is none or this is no object.
    package subscript(key: String) -> JSONValue? { self.object?[key] }

    /// What kind this is, as an error message names it.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .int: "an integer"
        case .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

// MARK: Literals

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// Panics on a repeated key, as a dictionary literal does.
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(literal: elements)) }
}
