/// Reads what `ByteWriter` writes and refuses everything else; never reads past the end, never allocates more than
/// the bytes it was given could hold.
struct ByteReader {
    private let bytes: [UInt8]
    private(set) var offset: Int
    private var end: Int
    /// Texts read lately, by their bytes' hash: a batch names the same models over and over.
    private var recent: [String] = []

    init(_ bytes: [UInt8], from offset: Int = 0, to end: Int? = nil) {
        self.bytes = bytes
        self.offset = offset
        self.end = end ?? bytes.count
    }

    var remaining: Int { self.end - self.offset }

    /// Goes on with another part of the same bytes; what was read lately is still known.
    mutating func move(to range: Range<Int>, _ field: String) throws(LeaseCodecError) {
        guard range.lowerBound >= 0, range.upperBound <= self.bytes.count else { throw self.error(.truncated, field) }
        self.offset = range.lowerBound
        self.end = range.upperBound
    }

    func error(_ code: LeaseCodecError.Code, _ field: String) -> LeaseCodecError {
        LeaseCodecError(code, field: field, offset: self.offset)
    }

    mutating func byte(_ field: String) throws(LeaseCodecError) -> UInt8 {
        guard self.offset < self.end else { throw self.error(.truncated, field) }
        defer { self.offset += 1 }
        return self.bytes[self.offset]
    }

    mutating func flag(_ field: String) throws(LeaseCodecError) -> Bool {
        switch try self.byte(field) {
        case 0: return false
        case 1: return true
        default: throw self.error(.unknownTag, field)
        }
    }

    mutating func varint(_ field: String, atMost limit: UInt64 = .max) throws(LeaseCodecError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try self.byte(field)
            // The tenth byte has room for one bit, and a last byte of zero would make two forms of one number.
            if shift == 63, byte > 1 { throw self.error(.tooLarge, field) }
            if byte == 0, shift > 0 { throw self.error(.inconsistent, field) }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        guard value <= limit else { throw self.error(.tooLarge, field) }
        return value
    }

    mutating func word(_ field: String) throws(LeaseCodecError) -> UInt64 {
        guard self.remaining >= 8 else { throw self.error(.truncated, field) }
        var value: UInt64 = 0
        for index in 0..<8 { value |= UInt64(self.bytes[self.offset + index]) << UInt64(8 * index) }
        self.offset += 8
        return value
    }

    mutating func text(_ field: String) throws(LeaseCodecError) -> String {
        let count = Int(try self.varint(field, atMost: UInt64([UInt8].longestText)))
        guard self.remaining >= count else { throw self.error(.truncated, field) }
        let range = self.offset..<self.offset + count
        if let text = self.readLately(range) {
            self.offset += count
            return text
        }
        guard let text = String(validating: self.bytes[range], as: UTF8.self) else {
            throw self.error(.invalidText, field)
        }
        self.offset += count
        if count >= Self.shortestShared { self.recent[self.slot(range)] = text }
        return text
    }

    /// Shorter texts need no memory of their own.
    private static let shortestShared = 16
    private static let recentCount = 64

    /// The text in `range` if it was among those read lately.
    private mutating func readLately(_ range: Range<Int>) -> String? {
        guard range.count >= Self.shortestShared else { return nil }
        if self.recent.isEmpty { self.recent = Array(repeating: "", count: Self.recentCount) }
        let slot = self.slot(range)
        guard self.recent[slot].utf8.count == range.count else { return nil }
        let isSame = self.bytes.withUnsafeBytes { bytes in
            let read = UnsafeRawBufferPointer(rebasing: bytes[range])
            return self.recent[slot].withBytes { $0.compareBytes(with: read) == 0 }
        }
        return isSame ? self.recent[slot] : nil
    }

    /// Where a text is kept; by its last bytes, in which names differ.
    private func slot(_ range: Range<Int>) -> Int {
        self.bytes.withUnsafeBytes { bytes in
            let word = bytes.loadUnaligned(fromByteOffset: range.upperBound - 8, as: UInt64.self)
            return Int(truncatingIfNeeded: (word &* 0xd6e8_feb8_6659_fd93) >> 58)
        }
    }

    /// How many elements follow, each at least `size` bytes: more than can follow are refused before any is read.
    mutating func count(_ field: String, each size: Int, atMost limit: Int = .max) throws(LeaseCodecError) -> Int {
        let count = try self.varint(field, atMost: UInt64(limit))
        guard count <= UInt64(self.remaining / size) else { throw self.error(.truncated, field) }
        return Int(count)
    }

    mutating func header(
        _ magic: StaticString,
        version: UInt8,
        _ field: String
    ) throws(LeaseCodecError) {
        for index in 0..<magic.utf8CodeUnitCount {
            guard try self.byte(field) == magic.utf8Start[index] else { throw self.error(.notRecognised, field) }
        }
        guard try self.byte(field) == version else { throw self.error(.unknownVersion, field) }
    }

    func finish(_ field: String) throws(LeaseCodecError) {
        guard self.remaining == 0 else { throw self.error(.trailingBytes, field) }
    }
}
