/// Writes big-endian numbers and length-prefixed pieces.
struct MessageWriter {
    private(set) var bytes: [UInt8] = []

    mutating func integer<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.bigEndian) { self.bytes.append(contentsOf: $0) }
    }

    /// A piece of up to 4 GiB with its length before it, written in place.
    mutating func piece(_ write: (inout [UInt8]) -> Void) {
        let start = self.bytes.count
        self.integer(UInt32(0))
        write(&self.bytes)
        withUnsafeBytes(of: UInt32(self.bytes.count - start - 4).bigEndian) { length in
            for (offset, byte) in length.enumerated() { self.bytes[start + offset] = byte }
        }
    }

    /// What follows to the end.
    mutating func append(_ write: (inout [UInt8]) -> Void) { write(&self.bytes) }

    mutating func text(_ text: String) { self.piece { $0.append(contentsOf: text.utf8) } }

    /// Makes room for so many bytes at once.
    mutating func reserve(_ count: Int) { self.bytes.reserveCapacity(count) }
}

/// Reads what `MessageWriter` wrote and trusts nothing.
struct MessageReader {
    private let bytes: [UInt8]
    private(set) var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func integer<Number: FixedWidthInteger>(_: Number.Type = Number.self) throws(LeaseMessageError) -> Number {
        let size = MemoryLayout<Number>.size
        guard self.bytes.count - self.offset >= size else { throw LeaseMessageError(.truncated) }
        let offset = self.offset
        self.offset += size
        return self.bytes.withUnsafeBytes { bytes in
            Number(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
        }
    }

    /// Where the next piece lies.
    mutating func piece() throws(LeaseMessageError) -> Range<Int> {
        let count = Int(try self.integer(UInt32.self))
        guard self.bytes.count - self.offset >= count else { throw LeaseMessageError(.truncated) }
        defer { self.offset += count }
        return self.offset..<self.offset + count
    }

    mutating func text() throws(LeaseMessageError) -> String {
        guard let text = String(validating: self.bytes[try self.piece()], as: UTF8.self) else {
            throw LeaseMessageError(.invalidText)
        }
        return text
    }
}
