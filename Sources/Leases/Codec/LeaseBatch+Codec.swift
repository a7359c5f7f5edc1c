extension LeaseBatch {
    /// Operations in one batch at most, and bytes of one batch: far above what is sealed, to refuse damage early.
    package static let mostOperations = 65_536
    package static let mostBytes = 64 << 20

    fileprivate static let version: UInt8 = 3

    /// The batch as one log entry.
    package func encoded() -> [UInt8] {
        var writer = LeaseBatchWriter(
            clock: self.clock,
            stretchPercent: self.stretchPercent,
            count: self.operations.count
        )
        for operation in self.operations { writer.write(operation) }
        return writer.bytes
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

/// Writes a log entry, operation by operation, for who has them elsewhere than in a `LeaseBatch`.
package struct LeaseBatchWriter {
    /// The entry, once `count` operations are written.
    package private(set) var bytes: [UInt8] = []
    private var writer = OperationWriter()

    package init(clock: GlobalTime, stretchPercent: Int, count: Int) {
        self.bytes.reserveCapacity(64 + 64 * count)
        self.bytes.append(UInt8(ascii: "L"))
        self.bytes.append(UInt8(ascii: "B"))
        self.bytes.append(LeaseBatch.version)
        self.bytes.append(varint: clock.milliseconds)
        self.bytes.append(varint: UInt64(stretchPercent))
        self.bytes.append(varint: UInt64(count))
    }

    package mutating func write(_ operation: LeaseOperation) { self.writer.write(operation, to: &self.bytes) }
}

/// A log entry that was read and checked, its operations where they lie.
package struct EncodedBatch {
    var clock: GlobalTime
    var stretchPercent: Int
    var operations: OperationSequence

    /// Calls `body` with what `bytes` say; it is good only there.
    package static func read<Value>(
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
