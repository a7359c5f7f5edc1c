extension LeaseBatch {
    /// Operations in one batch at most, and bytes of one batch: far above what is sealed, to refuse damage early.
    package static let mostOperations = 65_536
    package static let mostBytes = 64 << 20

    private static let version: UInt8 = 2

    /// The batch as one log entry.
    package func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16 + 128 * self.operations.count)
        bytes.append(UInt8(ascii: "L"))
        bytes.append(UInt8(ascii: "B"))
        bytes.append(Self.version)
        bytes.append(varint: self.clock.milliseconds)
        bytes.append(varint: UInt64(self.stretchPercent))
        bytes.append(varint: UInt64(self.operations.count))
        for operation in self.operations { operation.encoded(into: &bytes) }
        return bytes
    }

    /// Whether `init(decoding:)` reads from `encoded()` just this: nothing is cut, or refused, on the way.
    package var isReadAsWritten: Bool {
        LeaseLimits.stretchPercent.contains(self.stretchPercent) && self.operations.count <= Self.mostOperations
            && self.operations.allSatisfy { $0.isReadAsWritten }
    }

    /// Reads a log entry; refuses another version, unknown operations, and anything before, after or missing.
    package init(decoding bytes: [UInt8]) throws(LeaseCodecError) {
        guard bytes.count <= Self.mostBytes else { throw LeaseCodecError(.tooLarge, field: "batch", offset: 0) }
        var reader = ByteReader(bytes)
        try reader.header("LB", version: Self.version, "batch")
        let clock = GlobalTime(milliseconds: try reader.varint("clock"))
        let stretch = try reader.varint("stretch", atMost: UInt64(LeaseLimits.stretchPercent.upperBound))
        guard stretch >= LeaseLimits.stretchPercent.lowerBound else { throw reader.error(.inconsistent, "stretch") }
        let count = try reader.count("operations", each: LeaseOperation.shortest, atMost: Self.mostOperations)
        var operations: [LeaseOperation] = []
        operations.reserveCapacity(count)
        for _ in 0..<count { operations.append(try LeaseOperation(from: &reader)) }
        try reader.finish("batch")
        self.init(clock: clock, stretchPercent: Int(stretch), operations: operations)
    }
}
