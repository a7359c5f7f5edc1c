extension JSONParser {
    /// A string, its opening quote under the cursor.
    ///
    /// Strings without escapes, nearly all, are validated and copied in one go.
    mutating func parseString() throws(JSONError) -> String {
        let start = self.index
        self.index += 1
        let first = self.index
        while true {
            switch try self.peek() {
            case UInt8(ascii: "\""):
                let text = try Self.text(UnsafeBufferPointer(rebasing: self.bytes[first..<self.index]), at: start)
                self.index += 1
                return text
            case UInt8(ascii: "\\"): return try self.parseEscapedString(first: first, start: start)
            case 0..<0x20: throw JSONError(.controlCharacter, at: self.index)
            default: self.index += 1
            }
        }
    }

    private mutating func parseEscapedString(first: Int, start: Int) throws(JSONError) -> String {
        var text = Array(self.bytes[first..<self.index])
        while true {
            let byte = try self.peek()
            switch byte {
            case UInt8(ascii: "\""):
                self.index += 1
                return try text.withUnsafeBufferPointer { bytes in
                    Result { () throws(JSONError) in try Self.text(bytes, at: start) }
                }.get()
            case UInt8(ascii: "\\"):
                self.index += 1
                try self.parseEscape(into: &text)
            case 0..<0x20: throw JSONError(.controlCharacter, at: self.index)
            default:
                text.append(byte)
                self.index += 1
            }
        }
    }

    private mutating func parseEscape(into text: inout [UInt8]) throws(JSONError) {
        let offset = self.index
        let byte = try self.peek()
        self.index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            text.append(contentsOf: Unicode.UTF8.encode(try self.parseScalar(at: offset)) ?? .init())
        default: throw JSONError(.invalidEscape, at: offset)
        }
    }

    /// The scalar of `\uXXXX` or of a pair of them, the cursor behind the `u`.
    private mutating func parseScalar(at offset: Int) throws(JSONError) -> Unicode.Scalar {
        let unit = try self.parseHexUnit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard UTF16.isLeadSurrogate(UInt16(unit)) else { throw JSONError(.loneSurrogate, at: offset) }
        guard try self.peek() == UInt8(ascii: "\\") else { throw JSONError(.loneSurrogate, at: offset) }
        self.index += 1
        guard try self.peek() == UInt8(ascii: "u") else { throw JSONError(.loneSurrogate, at: offset) }
        self.index += 1
        let low = try self.parseHexUnit()
        guard UTF16.isTrailSurrogate(UInt16(low)),
            let scalar = Unicode.Scalar(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
        else { throw JSONError(.loneSurrogate, at: offset) }
        return scalar
    }

    private mutating func parseHexUnit() throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch try self.peek() {
            case let byte where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte): digit = byte - UInt8(ascii: "0")
            case let byte where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte):
                digit = byte - UInt8(ascii: "a") + 10
            case let byte where (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte):
                digit = byte - UInt8(ascii: "A") + 10
            default: throw JSONError(.invalidEscape, at: self.index)
            }
            unit = unit << 4 | UInt32(digit)
            self.index += 1
        }
        return unit
    }

    private static func text(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) throws(JSONError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw JSONError(.invalidUTF8, at: start) }
        return text
    }

    /// A number, its sign or first digit under the cursor.
    mutating func parseNumber() throws(JSONError) -> JSONValue {
        let start = self.index
        if self.isNext(UInt8(ascii: "-")) { self.index += 1 }
        if self.isNext(UInt8(ascii: "0")) { self.index += 1 } else { try self.skipDigits(from: start) }
        var isInteger = true
        if self.isNext(UInt8(ascii: ".")) {
            isInteger = false
            self.index += 1
            try self.skipDigits(from: start)
        }
        if self.isNext(UInt8(ascii: "e")) || self.isNext(UInt8(ascii: "E")) {
            isInteger = false
            self.index += 1
            if self.isNext(UInt8(ascii: "+")) || self.isNext(UInt8(ascii: "-")) { self.index += 1 }
            try self.skipDigits(from: start)
        }
        let digits = self.bytes[start..<self.index]
        if isInteger, let value = Self.integer(digits) { return .int(value) }
        guard let value = Double(String(decoding: digits, as: UTF8.self)), value.isFinite else {
            throw JSONError(.numberOutOfRange, at: start)
        }
        return .double(value)
    }

    private func isNext(_ byte: UInt8) -> Bool { self.index < self.bytes.count && self.bytes[self.index] == byte }

    private mutating func skipDigits(from start: Int) throws(JSONError) {
        let first = self.index
        while self.index < self.bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self.bytes[self.index]) {
            self.index += 1
        }
        guard self.index > first else {
            throw JSONError(self.index == self.bytes.count ? .unexpectedEnd : .invalidNumber, at: start)
        }
    }

    /// The value of an optional minus and digits; `nil` past 64 bits. Counts downwards, as there is one more negative.
    private static func integer(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> Int64? {
        var value: Int64 = 0
        let isNegative = digits.first == UInt8(ascii: "-")
        for byte in isNegative ? digits.dropFirst() : digits {
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowToo) = tenfold.subtractingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            if overflow || overflowToo { return nil }
            value = sum
        }
        if isNegative { return value }
        let (positive, overflow) = Int64(0).subtractingReportingOverflow(value)
        return overflow ? nil : positive
    }
}
