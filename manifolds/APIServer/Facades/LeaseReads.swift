import AgentResources
import Leases
import RPC

/// The methods of the `Lease` facade that change nothing.
enum LeaseReads {
    // MARK: Check

    static func check(_ call: FacadeCall) async throws(RPCFailure) -> JSONValue {
        let bulk = try BulkParameters(call.parameters)
        let deadline = CallDeadline(after: bulk.timeout)
        var results = BulkResults(count: bulk.items.count)
        var asked: [(key: LeaseKey, holder: String?, token: Int64?)] = []
        for (place, value) in bulk.items.enumerated() {
            results.decode(place) { () throws(RPCFailure) in
                let item = try LeaseItem(value, knowing: ["holder", "token"], model: call.model)
                asked.append(
                    (
                        item.key,
                        try item.fields.text("holder", bytes: LeaseCallLimits.nameBytes),
                        try item.fields.whole("token", in: 0...LeaseCallLimits.largestToken, unit: "tokens")
                    )
                )
            }
        }
        guard !asked.isEmpty else { return results.json }
        let keys = asked.map(\.key)
        let records = try await call.services.read(until: deadline) { leases, timeout in
            try await leases.check(keys, timeout: timeout)
        }
        for (place, (question, record)) in zip(results.accepted, zip(asked, records)) {
            var result: JSONObject = ["lease": .string(question.key.name)]
            if let record {
                result["outcome"] = "held"
                LeaseJSON.write(record.grant, to: &result)
                result["pinned"] = .bool(record.isPinned)
                result["matches"] = .bool(
                    (question.holder == nil || question.holder == record.grant.holder)
                        && (question.token == nil || question.token == Int64(clamping: record.grant.token.rawValue))
                )
            } else {
                result["outcome"] = "free"
                result["matches"] = false
            }
            results[place] = result
        }
        return results.json
    }

    // MARK: List

    static func list(_ call: FacadeCall) async throws(RPCFailure) -> JSONValue {
        let fields = try Fields(
            call.parameters,
            knowing: ["namespace", "model", "prefix", "after", "limit", "timeout-ms"]
        )
        let timeout = try fields.whole("timeout-ms", in: LeaseCallLimits.timeoutMilliseconds, unit: "milliseconds")
        let deadline = CallDeadline(after: .milliseconds(timeout ?? LeaseCallLimits.defaultTimeoutMilliseconds))
        let namespace = try fields.text("namespace", bytes: LeaseCallLimits.nameBytes)
        let model = try fields.text("model", bytes: LeaseCallLimits.nameBytes) ?? call.model
        guard model == call.model else { throw .unknownModel(model) }
        let limit = Int(
            try fields.whole("limit", in: LeaseCallLimits.listItems, unit: "leases") ?? LeaseCallLimits.defaultListItems
        )
        let query = LeaseQuery(
            namespace: namespace,
            model: model,
            prefix: try fields.text("prefix", bytes: 0...LeaseCallLimits.nameBytes.upperBound) ?? "",
            after: try Self.cursor(fields, namespace: namespace, model: model),
            // One more than asked for tells whether there is a next page.
            limit: limit + 1
        )
        let records = try await call.services.read(until: deadline) { leases, timeout in
            try await leases.list(query, timeout: timeout)
        }
        return [
            "leases": .array(records.prefix(limit).map(LeaseJSON.listed)),
            "more": .bool(records.count > limit),
        ]
    }

    /// `after` is the last lease of the page before: its name when one namespace is listed, or an object that names
    /// `lease`, `namespace` and `model` as the entries of a list do.
    private static func cursor(
        _ fields: Fields,
        namespace: String?,
        model: String
    ) throws(RPCFailure) -> LeaseKey? {
        switch fields.raw("after") {
        case nil:
            return nil
        case .object(let object)?:
            // Whole entries of the page before may be sent back as they came.
            return try Fields(.object(object), knowing: nil, of: "\"after\"").leaseKey(model: model)
        case .string?:
            guard let namespace else {
                throw .notValid("\"after\" must be an object with lease and namespace when no \"namespace\" is given")
            }
            let name = try fields.requiredText("after", bytes: LeaseCallLimits.nameBytes)
            return LeaseKey(namespace: namespace, model: model, name: name)
        case .some:
            throw .notValid("\"after\" must be a lease's name or an object")
        }
    }

    // MARK: Wait

    static func wait(_ call: FacadeCall) async throws(RPCFailure) -> JSONValue {
        let bulk = try BulkParameters(call.parameters, timeouts: LeaseCallLimits.waitMilliseconds)
        let deadline = CallDeadline(after: bulk.timeout)
        var results = BulkResults(count: bulk.items.count)
        var keys: [LeaseKey] = []
        for (place, value) in bulk.items.enumerated() {
            results.decode(place) { () throws(RPCFailure) in
                keys.append(try LeaseItem(value, model: call.model).key)
            }
        }
        let free = try await Self.whichGetFree(keys, until: deadline, call.services)
        for (place, (key, isFree)) in zip(results.accepted, zip(keys, free)) {
            results[place] = ["lease": .string(key.name), "outcome": isFree ? "free" : "held"]
        }
        return results.json
    }

    /// Waits for all of them at once, under one deadline.
    private static func whichGetFree(
        _ keys: [LeaseKey],
        until deadline: CallDeadline,
        _ services: APIServices
    ) async throws(RPCFailure) -> [Bool] {
        let outcomes = await withTaskGroup(of: (Int, Result<Bool, RPCFailure>).self) { group in
            for (place, key) in keys.enumerated() {
                group.addTask {
                    let outcome = await Self.outcome(of: key, until: deadline, services)
                    return (place, outcome)
                }
            }
            var outcomes = [Result<Bool, RPCFailure>](repeating: .success(false), count: keys.count)
            for await (place, outcome) in group { outcomes[place] = outcome }
            return outcomes
        }
        var free: [Bool] = []
        for outcome in outcomes { free.append(try outcome.get()) }
        return free
    }

    /// A function of its own, since Swift 6.3.1 miscompiles the optimised build otherwise: with the throwing call inside
    /// the tuple that a child task returns, the tuple's other half comes back as garbage.
    private static func outcome(
        of key: LeaseKey,
        until deadline: CallDeadline,
        _ services: APIServices
    ) async -> Result<Bool, RPCFailure> {
        do throws(RPCFailure) {
            return .success(try await services.waitUntilFree(key, until: deadline))
        } catch {
            return .failure(error)
        }
    }
}
