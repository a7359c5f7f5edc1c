/// Texts as bytes: equal, ordered and hashed by their UTF-8 alone, whatever Unicode thinks equal.
extension String {
    /// Calls `body` with the UTF-8 bytes, copied only when the text does not lie contiguously.
    func withBytes<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        if let value = self.utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) {
            return value
        }
        return Array(self.utf8).withUnsafeBytes { body($0) }
    }

    func hasSameBytes(as other: String) -> Bool {
        self.utf8.count == other.utf8.count && self.compareBytes(with: other) == 0
    }

    @inline(__always)
    func hasBytes(_ bytes: UnsafeRawBufferPointer) -> Bool {
        self.utf8.count == bytes.count && self.withBytes { $0.compareBytes(with: bytes) == 0 }
    }

    /// Negative, zero or positive as the bytes come before, are the same as, or come after `other`'s.
    func compareBytes(with other: String) -> Int {
        self.withBytes { left in other.withBytes { right in left.compareBytes(with: right) } }
    }

    func hasBytePrefix(_ prefix: String) -> Bool {
        self.utf8.count >= prefix.utf8.count && self.utf8.starts(with: prefix.utf8)
    }

    func combineBytes(into hasher: inout Hasher) {
        self.withBytes { hasher.combine(bytes: $0) }
        // No byte of UTF-8, so that "ab" + "c" and "a" + "bc" differ.
        hasher.combine(0xff as UInt8)
    }
}

extension UnsafeRawBufferPointer {
    func compareBytes(with other: UnsafeRawBufferPointer) -> Int {
        let common = Swift.min(self.count, other.count)
        // The same text in the same memory, as models are.
        if self.baseAddress == other.baseAddress { return self.count - other.count }
        var offset = 0
        while common - offset >= 8 {
            let word = self.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let otherWord = other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            if word != otherWord { return UInt64(bigEndian: word) < UInt64(bigEndian: otherWord) ? -1 : 1 }
            offset += 8
        }
        while offset < common {
            if self[offset] != other[offset] { return Int(self[offset]) - Int(other[offset]) }
            offset += 1
        }
        return self.count - other.count
    }
}
