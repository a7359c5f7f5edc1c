/// Reads answers without making values of them: goes once over the bytes and keeps numbers.
///
/// Answers come from a controller whose certificate was checked, but may still be anything: what makes no sense is an
/// error, however it makes none.
struct AnswerReader {
    /// Not an answer.
    struct Malformed: Error {}

    private static let deepest = 16

    private let bytes: UnsafeBufferPointer<UInt8>
    private var at = 0

    private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Reads one message; its items replace those in `items`.
    static func read(
        _ bytes: UnsafeBufferPointer<UInt8>,
        reasons: inout ReasonTable,
        items: inout [AnswerItem]
    ) throws(Malformed) -> AnswerHead {
        items.removeAll(keepingCapacity: true)
        var reader = AnswerReader(bytes)
        var head = AnswerHead()
        var message: UInt8 = 0
        try reader.object { reader, key throws(Malformed) in
            switch key {
            case "request-id": head.id = UInt64(clamping: try reader.number())
            case "response": try reader.response(&items, &reasons)
            case "error":
                message = reasons.number(of: try reader.string())
                if head.failure == nil { head.failure = message }
            case "error-code": head.failure = reasons.number(of: try reader.string())
            case "error-info": head.retryAfterMilliseconds = try reader.retryAfter()
            default: try reader.skip()
            }
        }
        guard head.id > 0 else { throw Malformed() }
        return head
    }

    // MARK: The parts of an answer

    private mutating func response(_ items: inout [AnswerItem], _ reasons: inout ReasonTable) throws(Malformed) {
        try self.object { reader, key throws(Malformed) in
            switch key {
            case "results":
                try reader.array { reader throws(Malformed) in items.append(try reader.item(&reasons)) }
            // Juju's long poll has a single error.
            case "error": items.append(try reader.itemError(&reasons))
            default: try reader.skip()
            }
        }
    }

    private mutating func item(_ reasons: inout ReasonTable) throws(Malformed) -> AnswerItem {
        var item = AnswerItem()
        var isEmpty = true
        try self.object { reader, key throws(Malformed) in
            isEmpty = false
            switch key {
            case "outcome": item.outcome = Self.outcome(try reader.string())
            case "reason": item.reason = reasons.number(of: try reader.string())
            case "token": item.token = UInt64(clamping: try reader.number())
            case "retry-after-ms": item.retryAfterMilliseconds = Int32(clamping: try reader.number())
            case "next-renewal-in-ms": item.nextRenewalMilliseconds = Int32(clamping: try reader.number())
            case "expires-in-ms": item.expiresInMilliseconds = Int32(clamping: try reader.number())
            case "error": item = try reader.itemError(&reasons)
            default: try reader.skip()
            }
        }
        // Juju's facades say nothing when all is well.
        if isEmpty { item.outcome = .applied }
        return item
    }

    /// An error's code, or its message if it has no code.
    private mutating func itemError(_ reasons: inout ReasonTable) throws(Malformed) -> AnswerItem {
        var item = AnswerItem()
        if self.peek() == UInt8(ascii: "n") {
            try self.skip()
            item.outcome = .applied
            return item
        }
        var (code, message): (UInt8, UInt8) = (0, 0)
        try self.object { reader, key throws(Malformed) in
            switch key {
            case "code":
                let text = try reader.string()
                // Juju's way to say that another holds it.
                if Key(text) == "leadership claim denied" { item.outcome = .held }
                code = reasons.number(of: text)
            case "message": message = reasons.number(of: try reader.string())
            case "info": item.retryAfterMilliseconds = try reader.retryAfter()
            default: try reader.skip()
            }
        }
        item.reason = code == 0 ? message : code
        return item
    }

    private mutating func retryAfter() throws(Malformed) -> Int32 {
        var milliseconds: Int32 = -1
        guard self.peek() == UInt8(ascii: "{") else {
            try self.skip()
            return milliseconds
        }
        try self.object { reader, key throws(Malformed) in
            if key == "retry-after-ms" {
                milliseconds = Int32(clamping: try reader.number())
            } else {
                try reader.skip()
            }
        }
        return milliseconds
    }

    private static func outcome(_ text: UnsafeBufferPointer<UInt8>) -> AnswerItem.Outcome {
        let key = Key(text)
        if key == "applied" { return .applied }
        if key == "held" { return .held }
        if key == "refused" { return .refused }
        if key == "never" { return .never }
        if key == "unknown" { return .unknown }
        return key == "free" ? .free : .error
    }

    // MARK: JSON

    /// A member's name, compared without making a string of it.
    private struct Key {
        let bytes: UnsafeBufferPointer<UInt8>

        init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

        static func ~= (text: StaticString, key: Key) -> Bool { key == text }

        static func == (key: Key, text: StaticString) -> Bool {
            guard key.bytes.count == text.utf8CodeUnitCount else { return false }
            for index in key.bytes.indices where key.bytes[index] != text.utf8Start[index] { return false }
            return true
        }
    }

    /// The next byte that is no white space, without taking it; 0 at the end.
    private mutating func peek() -> UInt8 {
        while self.at < self.bytes.count {
            let byte = self.bytes[self.at]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            self.at += 1
        }
        return 0
    }

    private mutating func take(_ byte: UInt8) throws(Malformed) {
        guard self.peek() == byte else { throw Malformed() }
        self.at += 1
    }

    private mutating func object(
        _ member: (inout AnswerReader, Key) throws(Malformed) -> Void
    ) throws(Malformed) {
        if self.peek() == UInt8(ascii: "n") { return try self.skip() }
        try self.take(UInt8(ascii: "{"))
        if self.peek() == UInt8(ascii: "}") {
            self.at += 1
            return
        }
        while true {
            let key = Key(try self.string())
            try self.take(UInt8(ascii: ":"))
            try member(&self, key)
            guard self.peek() == UInt8(ascii: ",") else { break }
            self.at += 1
        }
        try self.take(UInt8(ascii: "}"))
    }

    private mutating func array(_ element: (inout AnswerReader) throws(Malformed) -> Void) throws(Malformed) {
        if self.peek() == UInt8(ascii: "n") { return try self.skip() }
        try self.take(UInt8(ascii: "["))
        if self.peek() == UInt8(ascii: "]") {
            self.at += 1
            return
        }
        while true {
            try element(&self)
            guard self.peek() == UInt8(ascii: ",") else { break }
            self.at += 1
        }
        try self.take(UInt8(ascii: "]"))
    }

    /// What stands between the quotes, escapes as they are: names and reasons have none.
    private mutating func string() throws(Malformed) -> UnsafeBufferPointer<UInt8> {
        try self.take(UInt8(ascii: "\""))
        let start = self.at
        while self.at < self.bytes.count {
            switch self.bytes[self.at] {
            case UInt8(ascii: "\""):
                let text = UnsafeBufferPointer(rebasing: self.bytes[start..<self.at])
                self.at += 1
                return text
            case UInt8(ascii: "\\"): self.at += 2
            default: self.at += 1
            }
        }
        throw Malformed()
    }

    /// A whole number; fractions are cut off.
    private mutating func number() throws(Malformed) -> Int64 {
        let isNegative = self.peek() == UInt8(ascii: "-")
        if isNegative { self.at += 1 }
        var value: Int64 = 0
        let start = self.at
        while self.at < self.bytes.count, case let digit = self.bytes[self.at] &- UInt8(ascii: "0"), digit < 10 {
            let (tenfold, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(Int64(digit))
            value = over || carry ? .max : sum
            self.at += 1
        }
        guard self.at > start else { throw Malformed() }
        while self.at < self.bytes.count, Self.isOfNumber(self.bytes[self.at]) { self.at += 1 }
        return isNegative ? -value : value
    }

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "e")
            || byte == UInt8(ascii: "E") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
    }

    /// Passes over one value of any kind.
    private mutating func skip(_ depth: Int = 0) throws(Malformed) {
        guard depth < Self.deepest else { throw Malformed() }
        switch self.peek() {
        case UInt8(ascii: "\""): _ = try self.string()
        case UInt8(ascii: "{"):
            try self.object { reader, _ throws(Malformed) in try reader.skip(depth + 1) }
        case UInt8(ascii: "["):
            try self.array { reader throws(Malformed) in try reader.skip(depth + 1) }
        case UInt8(ascii: "t"), UInt8(ascii: "n"): try self.word(4)
        case UInt8(ascii: "f"): try self.word(5)
        default: _ = try self.number()
        }
    }

    private mutating func word(_ length: Int) throws(Malformed) {
        guard self.at + length <= self.bytes.count else { throw Malformed() }
        self.at += length
    }
}
