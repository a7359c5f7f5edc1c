/// A 64-bit hash that is the same in every process and on every machine.
///
/// Not against malice, unlike `Hasher`: it places keys into shards and finds damage. Each step is a bijection of the
/// state for a given word and of the word for a given state, so a change within one word is always found.
struct StableHash: Hashable, Sendable {
    private var state: UInt64 = 0x9e37_79b9_7f4a_7c15

    init() {}

    mutating func combine(_ word: UInt64) {
        let rotated = (self.state << 23) | (self.state >> 41)
        self.state = (rotated ^ word) &* 0xd6e8_feb8_6659_fd93
    }

    /// Combines the bytes and their number.
    mutating func combine(bytes: UnsafeRawBufferPointer) {
        var offset = 0
        while bytes.count - offset >= 8 {
            self.combine(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset += 8
        }
        var last: UInt64 = 0
        while offset < bytes.count {
            last = (last << 8) | UInt64(bytes[offset])
            offset += 1
        }
        self.combine(last)
        self.combine(UInt64(bytes.count))
    }

    mutating func combine(_ text: String) {
        text.withBytes { self.combine(bytes: $0) }
    }

    /// The hash so far, mixed so that its low bits depend on everything.
    var value: UInt64 {
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 32)) &* 0xd6e8_feb8_6659_fd93
        return mixed ^ (mixed >> 32)
    }
}
