/// Reads what `ByteWriter` writes and refuses everything else; never reads past the end, never allocates more than
/// the bytes it was given could hold.
///
/// Reads bytes where they lie, so it is good only inside `read`.
struct ByteReader {
    let bytes: UnsafeRawBufferPointer
    private(set) var offset: Int
    private let end: Int

    private init(_ bytes: UnsafeRawBufferPointer, from offset: Int, to end: Int) {
        self.bytes = bytes
        self.offset = offset
        self.end = end
    }

    /// Calls `body` with a reader of `bytes` from `offset` to `end`; whatever `body` returns must not refer to it.
    static func read<Value>(
        _ bytes: [UInt8],
        from offset: Int = 0,
        to end: Int? = nil,
        _ body: (inout ByteReader) throws(LeaseCodecError) -> Value
    ) throws(LeaseCodecError) -> Value {
        let result: Result<Value, LeaseCodecError> = bytes.withUnsafeBytes { all in
            let end = min(max(end ?? all.count, 0), all.count)
            var reader = ByteReader(all, from: min(max(offset, 0), end), to: end)
            do throws(LeaseCodecError) { return .success(try body(&reader)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    var remaining: Int { self.end - self.offset }

    func error(_ code: LeaseCodecError.Code, _ field: StaticString) -> LeaseCodecError {
        LeaseCodecError(code, field: "\(field)", offset: self.offset)
    }

    // MARK: Numbers

    @inline(__always)
    mutating func byte(_ field: StaticString) throws(LeaseCodecError) -> UInt8 {
        guard self.offset < self.end else { throw self.error(.truncated, field) }
        defer { self.offset += 1 }
        return self.bytes[self.offset]
    }

    mutating func flag(_ field: StaticString) throws(LeaseCodecError) -> Bool {
        switch try self.byte(field) {
        case 0: return false
        case 1: return true
        default: throw self.error(.unknownTag, field)
        }
    }

    @inline(__always)
    mutating func varint(_ field: StaticString, atMost limit: UInt64 = .max) throws(LeaseCodecError) -> UInt64 {
        let first = try self.byte(field)
        let value = first < 0x80 ? UInt64(first) : try self.varint(after: first, field)
        guard value <= limit else { throw self.error(.tooLarge, field) }
        return value
    }

    private mutating func varint(after first: UInt8, _ field: StaticString) throws(LeaseCodecError) -> UInt64 {
        var value = UInt64(first & 0x7f)
        var shift: UInt64 = 7
        while true {
            let byte = try self.byte(field)
            // The tenth byte has room for one bit, and a last byte of zero would make two forms of one number.
            if shift == 63, byte > 1 { throw self.error(.tooLarge, field) }
            if byte == 0 { throw self.error(.inconsistent, field) }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    @inline(__always)
    mutating func word(_ field: StaticString) throws(LeaseCodecError) -> UInt64 {
        guard self.remaining >= 8 else { throw self.error(.truncated, field) }
        defer { self.offset += 8 }
        return UInt64(littleEndian: self.bytes.loadUnaligned(fromByteOffset: self.offset, as: UInt64.self))
    }

    mutating func half(_ field: StaticString) throws(LeaseCodecError) -> UInt32 {
        guard self.remaining >= 4 else { throw self.error(.truncated, field) }
        defer { self.offset += 4 }
        return UInt32(littleEndian: self.bytes.loadUnaligned(fromByteOffset: self.offset, as: UInt32.self))
    }

    mutating func operationID(_ field: StaticString) throws(LeaseCodecError) -> OperationID {
        OperationID(high: try self.word(field), low: try self.word(field))
    }

    // MARK: Texts

    mutating func text(_ field: StaticString) throws(LeaseCodecError) -> String {
        try self.place(field).text(in: self.bytes)
    }

    /// Where the next text lies, which is UTF-8: most are only looked at.
    @inline(__always)
    mutating func place(_ field: StaticString) throws(LeaseCodecError) -> TextPlace {
        let count = Int(try self.varint(field, atMost: UInt64([UInt8].longestText)))
        guard self.remaining >= count else { throw self.error(.truncated, field) }
        let place = TextPlace(start: UInt32(truncatingIfNeeded: self.offset), count: UInt16(truncatingIfNeeded: count))
        guard place.isText(in: self.bytes) else { throw self.error(.invalidText, field) }
        self.offset += count
        return place
    }

    // MARK: Counts, beginning and end

    /// How many elements follow, each at least `size` bytes: more than can follow are refused before any is read.
    mutating func count(_ field: StaticString, each size: Int, atMost limit: Int = .max) throws(LeaseCodecError) -> Int
    {
        let count = try self.varint(field, atMost: UInt64(limit))
        guard count <= UInt64(self.remaining / size) else { throw self.error(.truncated, field) }
        return Int(count)
    }

    mutating func header(
        _ magic: StaticString,
        version: UInt8,
        _ field: StaticString
    ) throws(LeaseCodecError) {
        for index in 0..<magic.utf8CodeUnitCount {
            guard try self.byte(field) == magic.utf8Start[index] else { throw self.error(.notRecognised, field) }
        }
        guard try self.byte(field) == version else { throw self.error(.unknownVersion, field) }
    }

    func finish(_ field: StaticString) throws(LeaseCodecError) {
        guard self.remaining == 0 else { throw self.error(.trailingBytes, field) }
    }
}

/// Where a text lies in the bytes it was found in.
struct TextPlace: Sendable, Hashable {
    var start: UInt32
    var count: UInt16

    @inline(__always)
    func bytes(of all: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: all[Int(self.start)..<Int(self.start) + Int(self.count)])
    }

    func text(in all: UnsafeRawBufferPointer) -> String { String(decoding: self.bytes(of: all), as: UTF8.self) }

    /// Whether it is UTF-8; nearly all texts are ASCII.
    @inline(__always)
    fileprivate func isText(in all: UnsafeRawBufferPointer) -> Bool {
        let bytes = self.bytes(of: all)
        var union: UInt64 = 0
        var offset = 0
        while bytes.count - offset >= 8 {
            union |= bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        while offset < bytes.count {
            union |= UInt64(bytes[offset])
            offset += 1
        }
        return union & 0x8080_8080_8080_8080 == 0 || String(validating: bytes, as: UTF8.self) != nil
    }
}
