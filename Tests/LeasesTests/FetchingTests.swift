import Testing

@testable import Leases

@Suite struct FetchingTests {
    @Test("arrays lie in memory as fetching assumes, or nothing would be fetched")
    func layout() {
        #expect(Memory.isAsExpected)
        var array: ContiguousArray<UInt32> = []
        for number in 0..<100 as Range<UInt32> {
            array.append(number)
            withUnsafePointer(to: array) { pointer in
                let memory = Memory(ofArrayAt: UnsafeRawPointer(pointer))
                #expect(memory?.elementCount == array.count)
                #expect(memory?.place(Int(number), of: UInt32.self).load(as: UInt32.self) == number)
            }
        }
    }

    @Test("a long text's bytes are where fetching looks for them, and a short one has none elsewhere")
    func texts() {
        for count in [0, 1, 8, 15, 16, 36, 512] {
            let text = String(repeating: "x", count: count)
            let found = withUnsafePointer(to: text) { Memory(ofTextAt: UnsafeRawPointer($0)) }
            #expect((found == nil) == (count <= 15))
            guard let found else { continue }
            let isThere = text.utf8.withContiguousStorageIfAvailable { bytes in
                bytes.baseAddress.map(UnsafeRawPointer.init) == found.place(0, of: UInt8.self)
            }
            #expect(isThere == true)
        }
    }

    @Test("what is fetched may be there or not, and changes nothing")
    func harmless() {
        var state = LeaseState()
        let keys = (0..<200).map { key("lease-\($0)") }
        state.fetch(keys)
        for (number, key) in keys.prefix(100).enumerated() {
            let claim = LeaseOperation(
                id: OperationID(high: 1, low: UInt64(number)),
                notAfter: at(5_000),
                command: .claim(key, holder: "a-holder-with-a-long-name-\(number)", milliseconds: 30_000)
            )
            _ = state.apply(LeaseBatch(clock: .zero, operations: [claim]))
        }
        let before = state.encodedSnapshot()
        state.fetch(keys)
        state.results.fetch(ContiguousArray(0..<100))
        #expect(state.encodedSnapshot() == before)
    }

    @Test("eight ids that follow one another are looked for side by side, others anywhere")
    func ids() {
        for start in [0, 8, 1 << 40] as [UInt64] {
            let hashes = (0..<16 as Range<UInt64>).map { KeyedHash.process(OperationID(high: 7, low: start + $0)) }
            #expect(Set(hashes.prefix(8).map { $0 & ~7 }).count == 1)
            #expect(Set(hashes.prefix(8)).count == 8)
            #expect(hashes[0] & ~7 != hashes[8] & ~7)
        }
        let others = (0..<64 as Range<UInt64>).map { KeyedHash.process(OperationID(high: $0, low: 5)) & ~7 }
        #expect(Set(others).count == 64)
    }
}
