import LogStore
import Testing

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
        #expect(Self.checksum(Array(0...31)) == 0x46DD_794E)
    }

    @Test("the pieces in which bytes arrive do not matter", arguments: 0...20)
    func pieces(cut: Int) {
        let bytes = Array("twenty or so bytes...".utf8)
        var checksum = CRC32C()
        checksum.update(Array(bytes.prefix(cut)))
        checksum.update(Array(bytes.dropFirst(cut)))
        #expect(checksum.value == Self.checksum(bytes))
    }
}
