extension LeaseBatch {
    /// Operations in one batch at most, and bytes of one batch: far above what is sealed, to refuse damage early.
    package static let mostOperations = 65_536
    package static let mostBytes = 64 << 20

    fileprivate static let version: UInt8 = 3

    /// The batch as one log entry.
    package func encoded() -> [UInt8] {
        Self.encoded(
            clock: self.clock,
            stretchPercent: self.stretchPercent,
            self.operations,
            count: self.operations.count
        )
    }

    /// What a batch of these would be encoded to, `count` of them.
    package static func encoded(
        clock: GlobalTime,
        stretchPercent: Int,
        _ operations: some Sequence<LeaseOperation>,
        count: Int
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64 + 64 * count)
        bytes.append(UInt8(ascii: "L"))
        bytes.append(UInt8(ascii: "B"))
        bytes.append(Self.version)
        bytes.append(varint: clock.milliseconds)
        bytes.append(varint: UInt64(stretchPercent))
        bytes.append(varint: UInt64(count))
        operations.encode(into: &bytes)
        return bytes
    }

    /// Reads a log entry; refuses another version, unknown operations, and anything before, after or missing.
    package init(decoding bytes: [UInt8]) throws(LeaseCodecError) {
        self = try EncodedBatch.read(bytes) { batch in
            LeaseBatch(
                clock: batch.clock,
                stretchPercent: batch.stretchPercent,
                operations: batch.operations.items.indices.map { batch.operations.operation($0) }
            )
        }
    }
}

/// A log entry that was read and checked, its operations where they lie.
struct EncodedBatch {
    var clock: GlobalTime
    var stretchPercent: Int
    var operations: OperationSequence

    /// Calls `body` with what `bytes` say; it is good only there.
    static func read<Value>(
        _ bytes: [UInt8],
        _ body: (EncodedBatch) -> Value
    ) throws(LeaseCodecError) -> Value {
        guard bytes.count <= LeaseBatch.mostBytes else { throw LeaseCodecError(.tooLarge, field: "batch", offset: 0) }
        return try ByteReader.read(bytes) { reader throws(LeaseCodecError) in body(try EncodedBatch(from: &reader)) }
    }

    private init(from reader: inout ByteReader) throws(LeaseCodecError) {
        try reader.header("LB", version: LeaseBatch.version, "batch")
        self.clock = GlobalTime(milliseconds: try reader.varint("clock"))
        let stretch = try reader.varint("stretch", atMost: UInt64(LeaseLimits.stretchPercent.upperBound))
        guard stretch >= LeaseLimits.stretchPercent.lowerBound else { throw reader.error(.inconsistent, "stretch") }
        self.stretchPercent = Int(stretch)
        let count = try reader.count(
            "operations",
            each: OperationForm.shortest,
            atMost: LeaseBatch.mostOperations
        )
        self.operations = try OperationSequence(count, from: &reader)
        try reader.finish("batch")
    }
}
