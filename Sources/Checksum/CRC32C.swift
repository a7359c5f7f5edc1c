import CChecksum

/// The Castagnoli checksum, the one storage formats and our frames use: finds every burst of up to 32 bits.
///
/// By the processor's own instruction where it has one; else eight table look-ups take eight bytes at a time.
package struct CRC32C: Sendable {
    private static let tables: [UInt32] = Self.makeTables()
    private static let hasInstruction = holdfast_has_crc32c() != 0

    private var state: UInt32 = ~0

    /// Of nothing yet.
    package init() {}

    /// The checksum of everything given so far.
    package var value: UInt32 { ~self.state }

    /// Takes in `bytes`.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        if Self.hasInstruction, let start = bytes.baseAddress {
            self.state = holdfast_crc32c(self.state, start, bytes.count)
        } else {
            self.updateByTables(bytes)
        }
    }

    /// The same on any processor.
    mutating func updateByTables(_ bytes: UnsafeRawBufferPointer) {
        var state = self.state
        Self.tables.withUnsafeBufferPointer { table in
            var offset = 0
            while offset + 8 <= bytes.count {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                let low = UInt32(truncatingIfNeeded: word) ^ state
                let high = UInt32(truncatingIfNeeded: word >> 32)
                state =
                    table[0x700 + Int(low & 0xff)] ^ table[0x600 + Int(low >> 8 & 0xff)]
                    ^ table[0x500 + Int(low >> 16 & 0xff)] ^ table[0x400 + Int(low >> 24)]
                state ^=
                    table[0x300 + Int(high & 0xff)] ^ table[0x200 + Int(high >> 8 & 0xff)]
                    ^ table[0x100 + Int(high >> 16 & 0xff)] ^ table[Int(high >> 24)]
                offset += 8
            }
            while offset < bytes.count {
                state = table[Int((state ^ UInt32(bytes[offset])) & 0xff)] ^ (state >> 8)
                offset += 1
            }
        }
        self.state = state
    }

    /// Takes in `bytes`.
    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { self.update($0) }
    }

    /// Takes in the eight bytes of `number`, the least first.
    package mutating func update(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { self.update($0) }
    }

    private static func makeTables() -> [UInt32] {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for index in 0..<256 {
            var value = UInt32(index)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
            tables[index] = value
        }
        for index in 256..<tables.count {
            let previous = tables[index - 256]
            tables[index] = tables[Int(previous & 0xff)] ^ previous >> 8
        }
        return tables
    }
}
