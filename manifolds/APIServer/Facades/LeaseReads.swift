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

    // MARK: Watch

    /// A long poll: the changes after a cursor, as soon as there is one, or none at the timeout.
    static func watch(_ call: FacadeCall) async throws(RPCFailure) -> JSONValue {
        let fields = try Fields(
            call.parameters,
            knowing: ["namespace", "model", "prefix", "after", "limit", "timeout-ms"]
        )
        let timeout = try fields.whole("timeout-ms", in: LeaseCallLimits.waitMilliseconds, unit: "milliseconds")
        let deadline = CallDeadline(after: .milliseconds(timeout ?? LeaseCallLimits.defaultWatchMilliseconds))
        let model = try fields.text("model", bytes: LeaseCallLimits.nameBytes) ?? call.model
        guard model == call.model else { throw .unknownModel(model) }
        let query = WatchQuery(
            namespace: try fields.text("namespace", bytes: LeaseCallLimits.nameBytes),
            model: model,
            prefix: try fields.text("prefix", bytes: 0...LeaseCallLimits.nameBytes.upperBound) ?? "",
            after: try Self.watchCursor(fields),
            limit: Int(
                try fields.whole("limit", in: LeaseCallLimits.listItems, unit: "changes")
                    ?? LeaseCallLimits.defaultListItems
            )
        )
        let answer = try await call.services.read(until: deadline) { leases, timeout in
            try await leases.watch(query, timeout: timeout)
        }
        return [
            "changes": .array(answer.changes.map(LeaseJSON.change)),
            "cursor": .string(answer.cursor.text),
            "gap": .bool(answer.gap),
        ]
    }

    private static func watchCursor(_ fields: Fields) throws(RPCFailure) -> WatchCursor? {
        guard let text = try fields.text("after", bytes: 1...64) else { return nil }
        guard let cursor = WatchCursor(text: text) else {
            throw .notValid("\"after\" must be a cursor as an answer told it")
        }
        return cursor
    }
}

extension WatchCursor {
    /// `index.offset`, as clients pass it back.
    var text: String { "\(self.index).\(self.offset)" }

    init?(text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let index = UInt64(parts[0]), let offset = UInt32(parts[1]) else { return nil }
        self.init(index: index, offset: offset)
    }
}
