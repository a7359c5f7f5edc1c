import RPC
import Testing

/// One lease's answer.
struct LeaseReply: Sendable {
    var outcome: String
    var holder: String?
    var token: Int64?
    var remaining: Int64?

    init(_ value: JSONValue) throws {
        let item = try #require(value["results"]?.array?.first)
        self.outcome = item["outcome"]?.string ?? "error: \(item["error"] ?? .null)"
        self.holder = item["holder"]?.string
        self.token = item["token"]?.int
        self.remaining = item["expires-in-ms"]?.int
    }
}

extension RPCClient {
    func claim(_ lease: String, holder: String, milliseconds: Int64 = 30_000) async throws -> LeaseReply {
        try LeaseReply(
            await self.call(
                facade: "Lease",
                version: 1,
                method: "Claim",
                params: [
                    "leases": [
                        ["lease": .string(lease), "holder": .string(holder), "duration-ms": .int(milliseconds)]
                    ]
                ]
            )
        )
    }

    func check(_ lease: String) async throws -> LeaseReply {
        try LeaseReply(
            await self.call(
                facade: "Lease",
                version: 1,
                method: "Check",
                params: ["leases": [["lease": .string(lease)]]]
            )
        )
    }

    func engine(_ method: String, _ name: String) async throws -> JSONValue {
        try await self.call(facade: "Engine", version: 1, method: method, params: ["name": .string(name)])
    }

    /// How often the engine has started a worker.
    func startCount(of worker: String) async throws -> Int64 {
        let report = try await self.call(facade: "Engine", version: 1, method: "Report")
        let found = report["manifolds"]?.array?.first { $0["name"]?.string == worker }
        return try #require(found?["start-count"]?.int)
    }
}
