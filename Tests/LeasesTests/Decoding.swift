import Leases

extension LeaseOperation {
    /// Reads one operation that fills `bytes` wholly.
    init(decoding bytes: [UInt8]) throws(LeaseCodecError) {
        var decoder = PieceDecoder(bytes)
        self = try decoder.operation(in: bytes.indices)
    }
}

extension OperationResult {
    /// Reads one result that fills `bytes` wholly.
    init(decoding bytes: [UInt8]) throws(LeaseCodecError) {
        var decoder = PieceDecoder(bytes)
        self = try decoder.result(in: bytes.indices)
    }
}
