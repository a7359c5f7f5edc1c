/// Reads one JSON text in a single pass over its bytes.
///
/// Keys that stand twice in one object are refused: whoever reads the first and whoever reads the last would see two
/// different messages. Lives only inside the closure that lends it the bytes; every access checks its bounds.
struct JSONParser: ~Copyable {
    /// Objects with more members than this find a repeated key through a set instead of by comparing all pairs.
    private static let pairwiseLimit = 12

    let bytes: UnsafeBufferPointer<UInt8>
    private let limits: JSONLimits
    var index = 0
    private var depth = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits) throws(JSONError) {
        guard bytes.count <= limits.maximumBytes else {
            throw JSONError(.tooLong(limit: limits.maximumBytes), at: limits.maximumBytes)
        }
        self.bytes = bytes
        self.limits = limits
    }

    /// The value that starts here, white space before it skipped.
    mutating func parseValue() throws(JSONError) -> JSONValue {
        self.skipWhiteSpace()
        switch try self.peek() {
        case UInt8(ascii: "{"): return .object(try self.parseObject())
        case UInt8(ascii: "["): return .array(try self.parseArray())
        case UInt8(ascii: "\""): return .string(try self.parseString())
        case UInt8(ascii: "t"):
            try self.expect("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try self.expect("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try self.expect("null")
            return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try self.parseNumber()
        case let byte: throw JSONError(.unexpectedByte(byte, expected: "a value"), at: self.index)
        }
    }

    /// Nothing but white space may follow.
    mutating func expectEnd() throws(JSONError) {
        self.skipWhiteSpace()
        guard self.index == self.bytes.count else { throw JSONError(.trailingBytes, at: self.index) }
    }

    private mutating func parseArray() throws(JSONError) -> [JSONValue] {
        try self.enter()
        self.skipWhiteSpace()
        var elements: [JSONValue] = []
        if try self.peek() == UInt8(ascii: "]") {
            self.leave()
            return elements
        }
        while true {
            elements.append(try self.parseValue())
            if try self.isLast(closing: UInt8(ascii: "]")) { return elements }
        }
    }

    private mutating func parseObject() throws(JSONError) -> JSONObject {
        guard try self.startObject() else { return JSONObject() }
        var members: [JSONObject.Member] = []
        var seen: Set<String> = []
        while true {
            let (key, offset) = try self.parseKey()
            let isNew =
                if members.count < Self.pairwiseLimit {
                    !members.contains { $0.key == key }
                } else {
                    Self.insert(key, into: &seen, after: members)
                }
            guard isNew else { throw JSONError(.duplicateKey(key), at: offset) }
            members.append(.init(key: key, value: try self.parseValue()))
            if try self.endsObject() { return JSONObject(unchecked: members) }
        }
    }

    private static func insert(_ key: String, into seen: inout Set<String>, after members: [JSONObject.Member]) -> Bool
    {
        if seen.isEmpty { seen.formUnion(members.lazy.map(\.key)) }
        return seen.insert(key).inserted
    }

    // MARK: The steps of an object, so that an envelope can be read member by member

    /// Goes into an object; false when it was empty and is already left.
    mutating func startObject() throws(JSONError) -> Bool {
        self.skipWhiteSpace()
        let first = try self.peek()
        guard first == UInt8(ascii: "{") else {
            throw JSONError(.unexpectedByte(first, expected: "'{'"), at: self.index)
        }
        try self.enter()
        self.skipWhiteSpace()
        guard try self.peek() == UInt8(ascii: "}") else { return true }
        self.leave()
        return false
    }

    /// A key and the colon after it; `offset` is where the key starts.
    mutating func parseKey() throws(JSONError) -> (key: String, offset: Int) {
        self.skipWhiteSpace()
        let offset = self.index
        let first = try self.peek()
        guard first == UInt8(ascii: "\"") else {
            throw JSONError(.unexpectedByte(first, expected: "a key"), at: offset)
        }
        let key = try self.parseString()
        self.skipWhiteSpace()
        let colon = try self.peek()
        guard colon == UInt8(ascii: ":") else {
            throw JSONError(.unexpectedByte(colon, expected: "':'"), at: self.index)
        }
        self.index += 1
        return (key, offset)
    }

    /// True when the object ends here, false past a comma.
    mutating func endsObject() throws(JSONError) -> Bool { try self.isLast(closing: UInt8(ascii: "}")) }

    /// What is left up to the brace that would close the outermost object, if that is where the text ends.
    var restOfObject: UnsafeBufferPointer<UInt8>? {
        guard self.depth == 1 else { return nil }
        var end = self.bytes.count
        while end > self.index, Self.isWhiteSpace(self.bytes[end - 1]) { end -= 1 }
        guard end > self.index, self.bytes[end - 1] == UInt8(ascii: "}") else { return nil }
        return UnsafeBufferPointer(rebasing: self.bytes[self.index..<(end - 1)])
    }

    /// Goes past bytes that somebody else has read.
    mutating func skip(_ count: Int) { self.index += count }

    private mutating func isLast(closing: UInt8) throws(JSONError) -> Bool {
        self.skipWhiteSpace()
        let byte = try self.peek()
        if byte == closing {
            self.leave()
            return true
        }
        guard byte == UInt8(ascii: ",") else {
            let closingName = Character(Unicode.Scalar(closing))
            throw JSONError(.unexpectedByte(byte, expected: "',' or '\(closingName)'"), at: self.index)
        }
        self.index += 1
        return false
    }

    private mutating func enter() throws(JSONError) {
        self.depth += 1
        guard self.depth <= self.limits.maximumDepth else {
            throw JSONError(.tooDeep(limit: self.limits.maximumDepth), at: self.index)
        }
        self.index += 1
    }

    private mutating func leave() {
        self.depth -= 1
        self.index += 1
    }

    // MARK: Bytes

    func peek() throws(JSONError) -> UInt8 {
        guard self.index < self.bytes.count else { throw JSONError(.unexpectedEnd, at: self.bytes.count) }
        return self.bytes[self.index]
    }

    mutating func skipWhiteSpace() {
        while self.index < self.bytes.count, Self.isWhiteSpace(self.bytes[self.index]) { self.index += 1 }
    }

    private static func isWhiteSpace(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x09, 0x0a, 0x0d: true
        default: false
        }
    }

    private mutating func expect(_ word: StaticString) throws(JSONError) {
        let start = self.index
        for offset in 0..<word.utf8CodeUnitCount {
            guard start + offset < self.bytes.count else { throw JSONError(.unexpectedEnd, at: self.bytes.count) }
            let byte = self.bytes[start + offset]
            guard byte == word.utf8Start[offset] else {
                throw JSONError(.unexpectedByte(byte, expected: "'\(word)'"), at: start + offset)
            }
        }
        self.index = start + word.utf8CodeUnitCount
    }
}
