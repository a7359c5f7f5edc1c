package import NIOCore

extension ByteBuffer {
    /// Appends the shortest JSON text of `value`. A double that is no number is written as `null`.
    package mutating func writeJSON(_ value: JSONValue) {
        switch value {
        case .null: self.writeStaticString("null")
        case .bool(true): self.writeStaticString("true")
        case .bool(false): self.writeStaticString("false")
        case .int(let number): self.writeDecimal(number)
        case .double(let number): self.writeJSON(number)
        case .string(let text): self.writeJSON(text)
        case .array(let elements):
            self.writeInteger(UInt8(ascii: "["))
            var isFirst = true
            for element in elements {
                if !isFirst { self.writeInteger(UInt8(ascii: ",")) }
                isFirst = false
                self.writeJSON(element)
            }
            self.writeInteger(UInt8(ascii: "]"))
        case .object(let object): self.writeJSON(object)
        }
    }

    /// Appends `object` as JSON.
    package mutating func writeJSON(_ object: JSONObject) {
        self.writeInteger(UInt8(ascii: "{"))
        var isFirst = true
        for member in object.members {
            if !isFirst { self.writeInteger(UInt8(ascii: ",")) }
            isFirst = false
            self.writeJSON(member.key)
            self.writeInteger(UInt8(ascii: ":"))
            self.writeJSON(member.value)
        }
        self.writeInteger(UInt8(ascii: "}"))
    }

    /// Appends `text` as a JSON string, escaping only what must be.
    package mutating func writeJSON(_ text: String) {
        self.writeInteger(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            for index in 0..<bytes.count where Self.mustEscape(bytes[index]) {
                self.writeBytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start..<index]))
                self.writeEscape(of: bytes[index])
                start = index + 1
            }
            self.writeBytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start...]))
        }
        self.writeInteger(UInt8(ascii: "\""))
    }

    private static func mustEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func writeEscape(of byte: UInt8) {
        self.writeInteger(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: self.writeInteger(UInt8(ascii: "b"))
        case 0x09: self.writeInteger(UInt8(ascii: "t"))
        case 0x0a: self.writeInteger(UInt8(ascii: "n"))
        case 0x0c: self.writeInteger(UInt8(ascii: "f"))
        case 0x0d: self.writeInteger(UInt8(ascii: "r"))
        case 0..<0x20:
            self.writeStaticString("u00")
            self.writeInteger(Self.hexDigit(byte >> 4))
            self.writeInteger(Self.hexDigit(byte & 0xf))
        default: self.writeInteger(byte)
        }
    }

    private static func hexDigit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }

    private mutating func writeJSON(_ number: Double) {
        guard number.isFinite else {
            self.writeStaticString("null")
            return
        }
        self.writeString(number.description)
    }

    /// Appends `number` in decimal without making a string of it.
    package mutating func writeDecimal(_ number: some FixedWidthInteger & SignedInteger) {
        if number < 0 { self.writeInteger(UInt8(ascii: "-")) }
        self.writeDecimal(UInt64(number.magnitude))
    }

    /// Appends `number` in decimal without making a string of it.
    package mutating func writeDecimal(_ number: UInt64) {
        // From the last digit to the first, into room for the longest.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = number
            var first = digits.count
            repeat {
                first -= 1
                digits.initializeElement(at: first, to: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
                rest /= 10
            } while rest > 0
            _ = self.writeBytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(digits)[first...]))
        }
    }
}
