/// Bytes of an object file, read a piece at a time: from a file, from memory, or from a test's array.
struct ElfBytes {
    /// How many there are.
    let count: Int
    private let copy: (Range<Int>) -> [UInt8]?

    /// - Parameter copy: gives exactly the bytes of a range within 0 and `count`, or nil when they cannot be read.
    init(count: Int, copy: @escaping (Range<Int>) -> [UInt8]?) {
        self.count = count
        self.copy = copy
    }

    init(_ bytes: [UInt8]) {
        self.init(count: bytes.count) { Array(bytes[$0]) }
    }

    /// The `length` bytes from `offset`; throws when they are not all there, whatever the numbers are.
    func read(_ offset: UInt64, _ length: UInt64) throws(ElfError) -> [UInt8] {
        let (end, overflow) = offset.addingReportingOverflow(length)
        guard !overflow, let start = Int(exactly: offset), let end = Int(exactly: end), end <= self.count else {
            throw .malformed("it ends before byte \(overflow ? .max : end)")
        }
        guard let bytes = self.copy(start..<end), bytes.count == end - start else {
            throw .malformed("bytes \(start) to \(end) cannot be read")
        }
        return bytes
    }
}

/// Why a file could not be understood as an object of this machine.
enum ElfError: Error, Hashable {
    /// It is something else, or for another machine.
    case notForThisMachine(String)
    /// It says it is one, and then its parts do not fit together.
    case malformed(String)

    var reason: String {
        switch self {
        case .notForThisMachine(let reason), .malformed(let reason): reason
        }
    }
}

extension [UInt8] {
    /// The little-endian number at `offset`; the caller has checked that it lies within.
    func number<Number: FixedWidthInteger & UnsignedInteger>(at offset: Int, as _: Number.Type) -> Number {
        var value: Number = 0
        for index in stride(from: MemoryLayout<Number>.size - 1, through: 0, by: -1) {
            value = value << 8 | Number(self[offset + index])
        }
        return value
    }
}
