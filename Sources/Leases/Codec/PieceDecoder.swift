/// Reads operations and results that lie in pieces of one message, each as if it stood alone, but for texts: those that
/// many of them name are made once.
package struct PieceDecoder {
    private var reader: ByteReader

    /// - Parameter bytes: the whole message.
    package init(_ bytes: [UInt8]) { self.reader = ByteReader(bytes) }

    /// Reads one operation that fills `range` wholly; it may still break the rules of `LeaseLimits`.
    package mutating func operation(in range: Range<Int>) throws(LeaseCodecError) -> LeaseOperation {
        try self.reader.move(to: range, "operation")
        let operation = try LeaseOperation(from: &self.reader)
        try self.reader.finish("operation")
        return operation
    }

    /// Reads one result that fills `range` wholly.
    package mutating func result(in range: Range<Int>) throws(LeaseCodecError) -> OperationResult {
        try self.reader.move(to: range, "result")
        let result = try OperationResult(from: &self.reader)
        try self.reader.finish("result")
        return result
    }
}
