import NIOCore

/// The names of the leases and holders of a run, written where they are needed instead of being kept.
struct LeaseNames: Sendable {
    private let prefix: [UInt8]
    private let runID: [UInt8]

    /// - Parameter prefix: what every lease's name begins with; escaped here.
    init(prefix: String, runID: String) {
        self.prefix = Self.escaped(prefix)
        self.runID = Self.escaped(runID)
    }

    /// One of this run's leases.
    struct Lease: Sendable, Hashable {
        /// Tells apart what has numbers of its own: `-` for those contended for, and a letter for an open loop's.
        var kind: UInt8
        var number: Int
    }

    func write(_ lease: Lease, to buffer: inout ByteBuffer) {
        buffer.writeBytes(self.prefix)
        buffer.writeInteger(UInt8(ascii: "-"))
        if lease.kind != UInt8(ascii: "-") { buffer.writeInteger(lease.kind) }
        buffer.writeDigits(UInt64(lease.number))
    }

    func writeHolder(_ contender: Int, of lease: Lease, to buffer: inout ByteBuffer) {
        self.write(lease, to: &buffer)
        buffer.writeInteger(UInt8(ascii: "/"))
        buffer.writeDigits(UInt64(contender))
        buffer.writeInteger(UInt8(ascii: "@"))
        buffer.writeBytes(self.runID)
    }

    /// What stands between the quotes of a JSON string; control characters, which controllers refuse, are left out.
    static func escaped(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for byte in text.utf8 where byte >= 0x20 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte)
        }
        return bytes
    }
}

extension ByteBuffer {
    /// Appends `number` in decimal without making a string of it.
    mutating func writeDigits(_ number: UInt64) {
        var count = 1
        var rest = number
        while rest >= 10 {
            rest /= 10
            count += 1
        }
        self.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            var rest = number
            for place in (0..<count).reversed() {
                bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            return count
        }
    }
}
