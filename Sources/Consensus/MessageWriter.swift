/// Collects the bytes of a message.
struct MessageWriter {
    private(set) var bytes: [UInt8] = []

    mutating func reserve(_ count: Int) { self.bytes.reserveCapacity(count) }

    mutating func write(byte: UInt8) { self.bytes.append(byte) }

    mutating func write(flag: Bool) { self.bytes.append(flag ? 1 : 0) }

    /// Seven bits a byte, lowest first: most numbers of a message are small.
    mutating func write(integer: UInt64) {
        var rest = integer
        while rest >= 0x80 {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(rest))
    }

    /// The count, then the bytes.
    mutating func write(bytes: [UInt8]) {
        self.write(integer: UInt64(bytes.count))
        self.bytes.append(contentsOf: bytes)
    }
}
