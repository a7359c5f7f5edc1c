import RPC

/// Reads a JSON object's fields and says about each wrong one which it is and how it must be.
///
/// A field that is `null` counts as absent, as Juju's clients send them.
struct Fields: Sendable {
    private let object: JSONObject

    /// Our own facades name the fields they `know` and refuse others, so that a misspelt option is never silently
    /// ignored; Juju's facades (`nil`) ignore what they do not know, since newer clients send more.
    init(_ value: JSONValue, knowing known: Set<String>?, of what: String = "the parameters") throws(RPCFailure) {
        switch value {
        case .object(let object): self.object = object
        case .null: self.object = JSONObject()
        case .bool, .int, .double, .string, .array: throw .notValid("\(what) must be an object")
        }
        if let known {
            for key in self.object.keys where !known.contains(key) {
                throw .notValid("unknown field \"\(key.excerpt)\"")
            }
        }
    }

    private func value(_ key: String) -> JSONValue? {
        guard let value = self.object[key], value != .null else { return nil }
        return value
    }

    /// A text of an allowed length without control characters, which would spoil terminals and journals.
    func text(_ key: String, bytes: ClosedRange<Int>) throws(RPCFailure) -> String? {
        guard let value = self.value(key) else { return nil }
        guard case .string(let text) = value else { throw .notValid("\"\(key)\" must be a string") }
        let length = text.utf8.count
        guard bytes.contains(length) else {
            throw .notValid(
                length == 0
                    ? "\"\(key)\" must not be empty"
                    : "\"\(key)\" must have from \(bytes.lowerBound) to \(bytes.upperBound) bytes, not \(length)"
            )
        }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw .notValid("\"\(key)\" must not contain control characters")
        }
        return text
    }

    func requiredText(_ key: String, bytes: ClosedRange<Int>) throws(RPCFailure) -> String {
        guard let text = try self.text(key, bytes: bytes) else { throw .notValid("\"\(key)\" is required") }
        return text
    }

    /// A whole number within `range`; `unit` reads like `milliseconds`.
    func whole(_ key: String, in range: ClosedRange<Int64>, unit: String) throws(RPCFailure) -> Int64? {
        guard let value = self.value(key) else { return nil }
        let outOfRange = "\"\(key)\" must be from \(range.lowerBound) to \(range.upperBound)"
        let number: Int64
        switch value {
        case .int(let int): number = int
        case .double(let double) where double.rounded() == double:
            // 3e4 is a whole number too, and 1e30 is one beyond every range.
            guard let int = Int64(exactly: double) else { throw .notValid("\(outOfRange) \(unit)") }
            number = int
        case .null, .bool, .double, .string, .array, .object:
            throw .notValid("\"\(key)\" must be a whole number of \(unit)")
        }
        guard range.contains(number) else { throw .notValid("\(outOfRange) \(unit), not \(number)") }
        return number
    }

    /// Any number; `unit` reads like `seconds`.
    func number(_ key: String, unit: String) throws(RPCFailure) -> Double {
        switch self.value(key) {
        case .int(let int): return Double(int)
        case .double(let double): return double
        case nil: throw .notValid("\"\(key)\" is required")
        case .null, .bool, .string, .array, .object: throw .notValid("\"\(key)\" must be a number of \(unit)")
        }
    }

    func flag(_ key: String) throws(RPCFailure) -> Bool? {
        switch self.value(key) {
        case .bool(let flag): return flag
        case nil: return nil
        case .null, .int, .double, .string, .array, .object: throw .notValid("\"\(key)\" must be true or false")
        }
    }

    /// A list that must be there, with at most `limit` items.
    func list(_ key: String, atMost limit: Int) throws(RPCFailure) -> [JSONValue] {
        guard let value = self.value(key) else { throw .notValid("\"\(key)\" is required") }
        guard case .array(let items) = value else { throw .notValid("\"\(key)\" must be a list") }
        guard items.count <= limit else {
            throw .notValid("\"\(key)\" must have at most \(limit) items a call, not \(items.count)")
        }
        return items
    }

    /// The field as it came, for fields with more than one form.
    func raw(_ key: String) -> JSONValue? { self.value(key) }
}
