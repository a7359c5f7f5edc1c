/// Writes big-endian numbers and length-prefixed pieces.
struct MessageWriter {
    private(set) var bytes: [UInt8] = []

    mutating func integer<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.bigEndian) { self.bytes.append(contentsOf: $0) }
    }

    /// Up to 4 GiB, with its length.
    mutating func piece(_ piece: [UInt8]) {
        self.integer(UInt32(piece.count))
        self.bytes.append(contentsOf: piece)
    }

    mutating func text(_ text: String) { self.piece(Array(text.utf8)) }
}

/// Reads what `MessageWriter` wrote and trusts nothing.
struct MessageReader {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func integer<Number: FixedWidthInteger>(_: Number.Type = Number.self) throws(LeaseMessageError) -> Number {
        let size = MemoryLayout<Number>.size
        guard self.bytes.count - self.offset >= size else { throw LeaseMessageError(.truncated) }
        var number: Number = 0
        for byte in self.bytes[self.offset..<self.offset + size] {
            number = size == 1 ? Number(truncatingIfNeeded: byte) : number << 8 | Number(truncatingIfNeeded: byte)
        }
        self.offset += size
        return number
    }

    mutating func piece() throws(LeaseMessageError) -> [UInt8] {
        let count = Int(try self.integer(UInt32.self))
        guard self.bytes.count - self.offset >= count else { throw LeaseMessageError(.truncated) }
        defer { self.offset += count }
        return Array(self.bytes[self.offset..<self.offset + count])
    }

    mutating func text() throws(LeaseMessageError) -> String {
        guard let text = String(validating: try self.piece(), as: UTF8.self) else {
            throw LeaseMessageError(.invalidText)
        }
        return text
    }

    /// Refuses anything left over.
    func end() throws(LeaseMessageError) {
        guard self.offset == self.bytes.count else { throw LeaseMessageError(.trailingBytes) }
    }
}
