import RPC

/// How requests and results look on the wire.
enum LeaseWire {
    /// The parameters of a bulk call.
    static func params(_ items: [JSONObject], timeout: Duration) -> JSONValue {
        [
            "leases": .array(items.map { .object($0) }),
            "timeout-ms": .int(timeout.milliseconds(in: 1...60_000)),
        ]
    }

    static func item(_ lease: Lease) -> JSONObject {
        var item: JSONObject = ["lease": .string(lease.name), "namespace": .string(lease.namespace)]
        if let model = lease.model { item.append("model", .string(model)) }
        return item
    }

    static func item(_ request: ClaimRequest) -> JSONObject {
        var item = Self.item(request.lease)
        item.append("holder", .string(request.holder))
        item.append("duration-ms", .int(request.duration.milliseconds(in: .min ... .max)))
        item.append("operation-id", .string(request.operation.text))
        return item
    }

    static func item(_ request: RevokeRequest) -> JSONObject {
        var item = Self.item(request.lease)
        if let holder = request.holder { item.append("holder", .string(holder)) }
        if request.force { item.append("force", true) }
        item.append("operation-id", .string(request.operation.text))
        return item
    }

    static func item(_ request: PinRequest) -> JSONObject {
        var item = Self.item(request.lease)
        if let entity = request.entity { item.append("entity", .string(entity)) }
        if request.force { item.append("force", true) }
        item.append("operation-id", .string(request.operation.text))
        return item
    }

    static func item(_ request: CheckRequest) -> JSONObject {
        var item = Self.item(request.lease)
        if let holder = request.holder { item.append("holder", .string(holder)) }
        if let token = request.token { item.append("token", .int(Int64(clamping: token))) }
        return item
    }

    /// The question what became of an operation.
    static func question(_ lease: Lease, _ operation: OperationID, notAfter: Int64) -> JSONObject {
        var item = Self.item(lease)
        item.append("operation-id", .string(operation.text))
        item.append("not-after-ms", .int(notAfter))
        return item
    }

    /// The items of a bulk answer, exactly as many as were asked for.
    static func results(_ answer: JSONValue, count: Int) throws(LeaseClientError) -> [JSONValue] {
        guard let results = answer["results"]?.array, results.count == count else {
            throw .unknownReply("it should have \(count) results")
        }
        return results
    }

    /// One result of a command.
    static func result(
        _ value: JSONValue,
        of lease: Lease,
        _ operation: OperationID
    ) throws(LeaseClientError) -> LeaseResult {
        if let error = value["error"] {
            var result = LeaseResult(lease, .never, operation: operation, reason: "invalid")
            result.error = error["message"]?.string ?? "refused without a reason"
            return result
        }
        guard let word = value["outcome"]?.string, let outcome = LeaseOutcome(rawValue: word) else {
            throw .unknownReply("a result without an outcome")
        }
        var result = LeaseResult(lease, outcome, operation: operation, reason: value["reason"]?.string)
        result.holder = value["holder"]?.string
        result.token = value["token"]?.int.flatMap { UInt64(exactly: $0) }
        result.expiresIn = value["expires-in-ms"]?.int.map { .milliseconds($0) }
        result.nextRenewal = value["next-renewal-in-ms"]?.int.map { .milliseconds($0) }
        result.retryAfter = value["retry-after-ms"]?.int.map { .milliseconds($0) }
        result.error = value["message"]?.string
        return result
    }

    /// One held or free lease.
    static func status(_ value: JSONValue, of lease: Lease) throws(LeaseClientError) -> LeaseStatus {
        if let error = value["error"] {
            throw LeaseClientError(
                .notValid,
                error["message"]?.string ?? "refused without a reason",
                protocolCode: error["code"]?.string
            )
        }
        var status = LeaseStatus(lease)
        status.holder = value["holder"]?.string
        status.token = value["token"]?.int.flatMap { UInt64(exactly: $0) }
        status.expiresIn = value["expires-in-ms"]?.int.map { .milliseconds($0) }
        status.isPinned = value["pinned"]?.bool ?? false
        status.matches = value["matches"]?.bool ?? false
        return status
    }
}

extension Duration {
    /// Whole milliseconds, rounded down and kept within `range`.
    func milliseconds(in range: ClosedRange<Int64>) -> Int64 {
        let (seconds, attoseconds) = self.components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        guard !overflow else { return seconds < 0 ? range.lowerBound : range.upperBound }
        return min(max(product + attoseconds / 1_000_000_000_000_000, range.lowerBound), range.upperBound)
    }
}
