import Testing

@testable import Checksum

@Suite struct CRC32CTests {
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var checksum = CRC32C()
        checksum.update(bytes)
        return checksum.value
    }

    @Test("the published check values come out")
    func checkValues() {
        #expect(Self.checksum([]) == 0)
        #expect(Self.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(Self.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(Self.checksum([UInt8](repeating: 0xff, count: 32)) == 0x62A8_AB43)
        #expect(Self.checksum(Array(0...31)) == 0x46DD_794E)
        #expect(Self.checksum((0...31).reversed()) == 0x113F_DB5C)
    }

    @Test("any length at any alignment gives what the definition gives, bit by bit")
    func definition() {
        let bytes = (0..<64).map { UInt8(truncatingIfNeeded: $0 &* 89 ^ 0x5a) }
        for start in 0..<8 {
            for end in start...bytes.count {
                var checksum = CRC32C()
                bytes.withUnsafeBytes { checksum.update(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
                #expect(checksum.value == Self.bitByBit(bytes[start..<end]), "\(start)..<\(end)")
                var byTables = CRC32C()
                bytes.withUnsafeBytes { byTables.updateByTables(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
                #expect(byTables.value == checksum.value, "\(start)..<\(end)")
            }
        }
    }

    @Test("a number counts as its eight bytes, the least first")
    func number() {
        var checksum = CRC32C()
        checksum.update(0x0807_0605_0403_0201)
        #expect(checksum.value == Self.checksum([1, 2, 3, 4, 5, 6, 7, 8]))
    }

    @Test("the pieces in which bytes arrive do not matter", arguments: 0...20)
    func pieces(cut: Int) {
        let bytes = Array("twenty or so bytes...".utf8)
        var checksum = CRC32C()
        checksum.update(Array(bytes.prefix(cut)))
        checksum.update(Array(bytes.dropFirst(cut)))
        #expect(checksum.value == Self.checksum(bytes))
    }

    /// An oracle that shares nothing with the code.
    private static func bitByBit(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var state = ~UInt32(0)
        for byte in bytes {
            state ^= UInt32(byte)
            for _ in 0..<8 { state = state & 1 == 1 ? state >> 1 ^ 0x82F6_3B78 : state >> 1 }
        }
        return ~state
    }
}
