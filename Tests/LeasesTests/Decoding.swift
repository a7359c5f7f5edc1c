@testable import Leases

extension [LeaseOperation] {
    /// Appends these operations as a sequence.
    func encode(into bytes: inout [UInt8]) {
        var writer = OperationWriter()
        for operation in self { writer.write(operation, to: &bytes) }
    }
}

extension LeaseOperation {
    /// This operation as the only one of a sequence.
    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        [self].encode(into: &bytes)
        return bytes
    }

    /// Reads one operation that fills `bytes` wholly.
    init(decoding bytes: [UInt8]) throws(LeaseCodecError) {
        self = try [LeaseOperation](decoding: bytes, from: 0, count: 1)[0]
    }
}

extension OperationResult {
    /// This result alone.
    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        self.encoded(into: &bytes)
        return bytes
    }

    /// Reads one result that fills `bytes` wholly.
    init(decoding bytes: [UInt8]) throws(LeaseCodecError) {
        self = try [OperationResult](decoding: bytes, from: 0, count: 1)[0]
    }
}
