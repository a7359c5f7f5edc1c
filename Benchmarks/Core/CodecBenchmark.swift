import Leases
import NIOCore
import RPC

/// Writing and reading, each item of it: the log's batches and a bulk call's JSON.
struct CodecBenchmark {
    let runs: Int
    private static let items = 100
    private static let rounds = 200

    func measure() throws -> [Figure] {
        let batch = LeaseBatch(
            clock: GlobalTime(milliseconds: 1),
            operations: (0..<Self.items).map { index in
                LeaseOperation(
                    id: OperationID(high: UInt64(index), low: 7),
                    notAfter: GlobalTime(milliseconds: 10_000),
                    command: .extend(
                        LeaseKey(namespace: "lease", model: Self.model, name: "bench-\(index)"),
                        holder: "bench-\(index)/0",
                        milliseconds: 30_000
                    )
                )
            }
        )
        let bytes = batch.encoded()
        let call = Self.call
        var text = ByteBuffer()
        text.writeJSON(call)
        return [
            try self.figure("codec.batch-encode") { batch.encoded().count },
            try self.figure("codec.batch-decode") { try LeaseBatch(decoding: bytes).operations.count },
            try self.figure("codec.json-read") { try JSONValue.parse(text) == .null ? 1 : 0 },
            try self.figure("codec.json-write") {
                var buffer = ByteBuffer()
                buffer.writeJSON(call)
                return buffer.readableBytes
            },
            Figure("codec.batch-item-bytes", unit: "bytes", [Double(bytes.count) / Double(Self.items)]),
        ]
    }

    private func figure(_ name: String, _ body: () throws -> Int) throws -> Figure {
        var sum = 0
        let samples = try (0...self.runs).map { _ in
            let took = try ContinuousClock().measure { for _ in 0..<Self.rounds { sum &+= try body() } }
            return took.inMilliseconds * 1e6 / Double(Self.rounds * Self.items)
        }
        precondition(sum >= 0)
        // The first run fills caches.
        return Figure(name, unit: "ns", Array(samples.dropFirst()))
    }

    private static let model = "7f3c1a52-6f44-4e0c-9d21-0b6f4a8e5d11"

    private static var call: JSONValue {
        let leases = (0..<Self.items).map { index -> JSONValue in
            [
                "lease": .string("bench-\(index)"), "holder": .string("bench-\(index)/0"), "duration-ms": 30_000,
                "operation-id": .string("0123456789abcdef0123456789abcdef"), "not-after-ms": 123_456_789,
            ]
        }
        return [
            "request-id": 7, "type": "Lease", "version": 1, "request": "Extend",
            "params": ["leases": .array(leases), "timeout-ms": 5_000],
        ]
    }
}
