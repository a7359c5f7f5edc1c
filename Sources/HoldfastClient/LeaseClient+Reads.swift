import RPC

extension LeaseClient {
    /// Who holds these leases now, in order; every controller knows, also of what was granted a moment ago.
    public func check(
        _ requests: [CheckRequest],
        timeout: Duration = LeaseClient.defaultTimeout
    ) async throws -> [LeaseStatus] {
        guard !requests.isEmpty else { return [] }
        let deadline = ContinuousClock.now + timeout
        let answer = try await self.retrying(until: deadline) { connection, remaining in
            let wait = max(deadline - .now, .milliseconds(1))
            return try await connection.call(
                facade: "Lease",
                version: 1,
                method: "Check",
                params: LeaseWire.params(requests.map(LeaseWire.item), timeout: wait),
                timeout: remaining
            )
        }
        let results = try LeaseWire.results(answer, count: requests.count)
        return try zip(requests, results).map { try LeaseWire.status($1, of: $0.lease) }
    }

    /// Who holds this lease now.
    public func check(
        _ lease: Lease,
        holder: String? = nil,
        token: UInt64? = nil,
        timeout: Duration = LeaseClient.defaultTimeout
    ) async throws -> LeaseStatus {
        let statuses = try await self.check([.init(lease, holder: holder, token: token)], timeout: timeout)
        guard let status = statuses.first else { throw LeaseClientError.unknownReply("it should have one result") }
        return status
    }

    /// One page of the held leases, in the order of their names, and whether there are more.
    public func list(
        _ query: ListQuery = .init(),
        timeout: Duration = LeaseClient.defaultTimeout
    ) async throws -> (leases: [LeaseStatus], more: Bool) {
        var params: JSONObject = ["prefix": .string(query.prefix), "limit": .int(Int64(query.limit))]
        if let namespace = query.namespace { params.append("namespace", .string(namespace)) }
        if let model = query.model { params.append("model", .string(model)) }
        if let after = query.after { params.append("after", .object(LeaseWire.item(after))) }
        params.append("timeout-ms", .int(timeout.milliseconds(in: 1...60_000)))
        let answer = try await self.call(
            facade: "Lease",
            version: 1,
            method: "List",
            params: .object(params),
            timeout: timeout
        )
        guard let entries = answer["leases"]?.array else {
            throw LeaseClientError.unknownReply("a list without leases")
        }
        let leases = try entries.map { entry in
            guard let name = entry["lease"]?.string, let namespace = entry["namespace"]?.string else {
                throw LeaseClientError.unknownReply("a lease without a name")
            }
            var status = try LeaseWire.status(
                entry,
                of: Lease(name, namespace: namespace, model: entry["model"]?.string)
            )
            status.matches = true
            return status
        }
        return (leases, answer["more"]?.bool ?? false)
    }

    /// Waits until the lease is seen free; false when `timeout` ends first, `nil` waits for as long as it takes.
    ///
    /// Free is a chance, not a grant: claim, and wait again when somebody was faster.
    public func wait(_ lease: Lease, timeout: Duration? = nil) async throws -> Bool {
        let deadline = timeout.map { ContinuousClock.now + $0 }
        while true {
            // Short enough that a controller that is gone without a word is noticed.
            let span = min(deadline.map { $0 - .now } ?? .seconds(30), .seconds(30))
            guard span > .zero else { return false }
            let params: JSONValue = [
                "leases": [.object(LeaseWire.item(lease))], "timeout-ms": .int(span.milliseconds(in: 1...3_600_000)),
            ]
            do {
                let answer = try await self.call(
                    facade: "Lease",
                    version: 1,
                    method: "Wait",
                    params: params,
                    timeout: span
                )
                let result = try LeaseWire.results(answer, count: 1)[0]
                if let error = result["error"] {
                    throw LeaseClientError(.notValid, error["message"]?.string ?? "refused without a reason")
                }
                if result["outcome"]?.string == "free" { return true }
            } catch let error as LeaseClientError where error.isTransient && deadline.map({ $0 > .now }) ?? true {
                // Controllers come back.
                try await Task.sleep(for: .milliseconds(250), clock: .continuous)
            }
        }
    }
}
