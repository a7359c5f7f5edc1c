import Leases
import NIOCore

/// Ids for the operations of one call whose client chose none: one drawn at random, as that asks the system, and those
/// after it.
struct DrawnOperationIDs: Sendable {
    private var next: OperationID?

    mutating func draw() -> OperationID {
        let id = self.next ?? .random()
        self.next = OperationID(high: id.high, low: id.low &+ 1)
        return id
    }
}

extension OperationID {
    static func random() -> OperationID {
        OperationID(high: UInt64.random(in: .min ... .max), low: UInt64.random(in: .min ... .max))
    }

    /// Exactly 32 digits, so that one id has one spelling apart from case.
    init?(hexadecimal text: String) {
        var text = text
        guard let id = text.withUTF8({ OperationID(hexadecimal: $0) }) else { return nil }
        self = id
    }

    /// As above, from the digits' bytes.
    init?(hexadecimal digits: UnsafeBufferPointer<UInt8>) {
        guard digits.count == 32 else { return nil }
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        for position in 0..<32 {
            let digit: UInt8
            switch digits[position] {
            case let byte where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte): digit = byte - UInt8(ascii: "0")
            case let byte where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte):
                digit = byte - UInt8(ascii: "a") + 10
            case let byte where (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte):
                digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            if position < 16 {
                halves.high = halves.high << 4 | UInt64(digit)
            } else {
                halves.low = halves.low << 4 | UInt64(digit)
            }
        }
        self.init(high: halves.high, low: halves.low)
    }

    /// 32 lower-case digits.
    var hexadecimal: String {
        String(unsafeUninitializedCapacity: 32) { bytes in
            self.write(to: UnsafeMutableRawBufferPointer(bytes))
            return 32
        }
    }

    /// Writes the 32 digits.
    fileprivate func write(to bytes: UnsafeMutableRawBufferPointer) {
        for position in 0..<32 {
            let half = position < 16 ? self.high : self.low
            let nibble = UInt8(truncatingIfNeeded: half >> UInt64(60 - position % 16 * 4)) & 15
            bytes[position] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
        }
    }
}

extension ByteBuffer {
    /// Appends an operation's id as 32 digits.
    mutating func writeHexadecimal(_ id: OperationID) {
        self.writeWithUnsafeMutableBytes(minimumWritableBytes: 32) { bytes in
            id.write(to: bytes)
            return 32
        }
    }
}
