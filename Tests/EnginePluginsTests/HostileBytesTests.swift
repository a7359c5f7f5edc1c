import Testing

@testable import EnginePlugins

/// Whatever a file holds, looking at it gives an answer and never a trap: a trap would end the test run.
@Suite struct HostileBytesTests {
    private static func inspect(_ bytes: [UInt8]) -> PluginRefusal.Reason? {
        PluginInspection.refusal(of: ElfBytes(bytes), for: ElfMaker.host)
    }

    @Test("a plugin that is cut off anywhere is refused", arguments: [true, false])
    func truncated(usesGNUHash: Bool) {
        var maker = ElfMaker.plugin()
        maker.usesGNUHash = usesGNUHash
        let whole = maker.bytes()
        #expect(Self.inspect(whole) == nil)
        // The dynamic part comes last and ends with its mark and one spare field.
        for length in 0..<(whole.count - 16) { #expect(Self.inspect(Array(whole.prefix(length))) != nil) }
    }

    @Test("any byte may have any extreme value", arguments: [true, false])
    func extremeBytes(usesGNUHash: Bool) {
        var maker = ElfMaker.plugin()
        maker.usesGNUHash = usesGNUHash
        maker.libraries = ["libc.so.6"]
        let whole = maker.bytes()
        for at in whole.indices {
            for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
                var bytes = whole
                bytes[at] = value
                _ = Self.inspect(bytes)
            }
        }
    }

    @Test("any field may have any extreme value, alone and with another", arguments: [true, false])
    func extremeFields(usesGNUHash: Bool) {
        var maker = ElfMaker.plugin()
        maker.usesGNUHash = usesGNUHash
        let whole = maker.bytes()
        let extremes: [UInt64] = [.max, .max - 7, 1 << 63, 1 << 62, 1 << 32, 0xFFFF_FFFF, UInt64(whole.count), 0]
        for at in stride(from: 16, to: whole.count - 8, by: 8) {
            for value in extremes {
                var bytes = whole
                for byte in 0..<8 { bytes[at + byte] = UInt8(truncatingIfNeeded: value >> (byte * 8)) }
                _ = Self.inspect(bytes)
                _ = try? ElfImage(ElfBytes(bytes)).buildID()
            }
        }
    }

    @Test("random damage is survived")
    func randomDamage() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix(state: seed)
        for round in 0..<5_000 {
            var maker = ElfMaker.plugin()
            maker.usesGNUHash = round.isMultiple(of: 2)
            var bytes = maker.bytes()
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                bytes[at] = UInt8.random(in: 0...255, using: &random)
            }
            if round.isMultiple(of: 3) { bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random))) }
            _ = Self.inspect(bytes)
            _ = try? ElfImage(ElfBytes(bytes)).buildID()
        }
        print("random damage: seed \(seed)")
    }

    @Test("a file that shrinks while it is read is refused")
    func shrinks() {
        let whole = ElfMaker.plugin().bytes()
        let bytes = ElfBytes(count: whole.count) { range in range.upperBound > 200 ? nil : Array(whole[range]) }
        guard case .notAPlugin = PluginInspection.refusal(of: bytes, for: ElfMaker.host) else {
            Issue.record("it was not refused")
            return
        }
    }
}

/// A generator whose whole state is its seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
