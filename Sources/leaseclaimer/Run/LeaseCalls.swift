import HoldfastClient
import RPC

/// The calls of one contender, on whatever connection it has: one item a call, each attempt an operation of its own.
///
/// The typed `LeaseClient` retries by itself, which is what an application wants and what a load tool must not have: it
/// counts every attempt.
struct LeaseCalls: Sendable {
    var lease: String
    var holder: String
    var duration: Duration

    func claim(on connection: ControllerConnection, timeout: Duration) async throws -> ContenderAnswer {
        try await self.operate("Claim", self.item(withDuration: true), connection, timeout)
    }

    func extend(on connection: ControllerConnection, timeout: Duration) async throws -> ContenderAnswer {
        try await self.operate("Extend", self.item(withDuration: true), connection, timeout)
    }

    func revoke(on connection: ControllerConnection, timeout: Duration) async throws -> ContenderAnswer {
        try await self.operate("Revoke", self.item(withDuration: false), connection, timeout)
    }

    /// True when the lease was seen free.
    func wait(on connection: ControllerConnection, timeout: Duration) async throws -> Bool {
        let result = try await self.ask("Wait", ["lease": .string(self.lease)], connection, timeout)
        return result["outcome"]?.string == "free"
    }

    private func item(withDuration: Bool) -> JSONValue {
        var item: JSONObject = ["lease": .string(self.lease), "holder": .string(self.holder)]
        if withDuration { item.append("duration-ms", .int(self.duration.wholeMilliseconds)) }
        item.append("operation-id", .string(OperationID().text))
        return .object(item)
    }

    private func operate(
        _ method: String,
        _ item: JSONValue,
        _ connection: ControllerConnection,
        _ timeout: Duration
    ) async throws -> ContenderAnswer {
        let result = try await self.ask(method, item, connection, timeout)
        guard let word = result["outcome"]?.string, let outcome = LeaseOutcome(rawValue: word) else {
            throw LeaseClientError(.unknownReply, "a result without an outcome")
        }
        return ContenderAnswer(
            outcome: outcome,
            token: result["token"]?.int.flatMap { UInt64(exactly: $0) },
            reason: result["reason"]?.string,
            retryAfter: result["retry-after-ms"]?.int.map { .milliseconds($0) }
        )
    }

    private func ask(
        _ method: String,
        _ item: JSONValue,
        _ connection: ControllerConnection,
        _ timeout: Duration
    ) async throws -> JSONValue {
        // The controller gives up a little before we do, so that it can say so.
        let patience = max(timeout - .milliseconds(100), timeout / 2)
        let params: JSONValue = [
            "leases": [item], "timeout-ms": .int(max(patience.wholeMilliseconds, 1)),
        ]
        let answer = try await connection.call(
            facade: "Lease",
            version: 1,
            method: method,
            params: params,
            timeout: timeout
        )
        guard let result = answer["results"]?.array?.first else {
            throw LeaseClientError(.unknownReply, "an answer without a result")
        }
        if let error = result["error"] {
            throw LeaseClientError(.notValid, error["message"]?.string ?? "refused without a reason")
        }
        return result
    }
}

extension Duration {
    /// Rounded down.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = self.components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}
