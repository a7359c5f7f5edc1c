import AgentResources
import Leases
import RPC

extension Facade {
    /// `Lease` version 1: bulk in every call, each item with an outcome of its own.
    static let lease = Facade(
        name: "Lease",
        version: 1,
        audience: .users,
        methods: [
            "Claim": .commands(knowing: ["holder", "duration-ms", "operation-id"]) { item, _ throws(RPCFailure) in
                .claim(item.key, holder: try item.holder(), milliseconds: try item.duration())
            },
            "Extend": .commands(knowing: ["holder", "duration-ms", "operation-id"]) { item, _ throws(RPCFailure) in
                .extend(item.key, holder: try item.holder(), milliseconds: try item.duration())
            },
            "Revoke": .commands(knowing: ["holder", "force", "operation-id"]) { item, _ throws(RPCFailure) in
                .revoke(
                    item.key,
                    holder: try item.fields.text("holder", bytes: LeaseCallLimits.nameBytes),
                    force: try item.fields.flag("force") ?? false
                )
            },
            "Pin": .commands(knowing: ["entity", "operation-id"]) { item, call throws(RPCFailure) in
                .pin(
                    item.key,
                    entity: try item.fields.text("entity", bytes: LeaseCallLimits.nameBytes) ?? call.caller.description
                )
            },
            "Unpin": .commands(knowing: ["entity", "force", "operation-id"]) { item, call throws(RPCFailure) in
                // By force an operator takes away every pin there is.
                if try item.fields.flag("force") ?? false { return .unpin(item.key, entity: nil) }
                return .unpin(
                    item.key,
                    entity: try item.fields.text("entity", bytes: LeaseCallLimits.nameBytes) ?? call.caller.description
                )
            },
            "Check": .suspending { call async throws(RPCFailure) in try await LeaseReads.check(call) },
            "List": .suspending { call async throws(RPCFailure) in try await LeaseReads.list(call) },
            "Wait": .waiting { call async throws(RPCFailure) in try await LeaseReads.wait(call) },
        ]
    )
}

extension Facade.Method {
    /// A bulk call whose items each become one command; bad items are answered and the others go on.
    fileprivate static func commands(
        knowing known: Set<String>,
        _ command: @escaping @Sendable (LeaseItem, FacadeCall) throws(RPCFailure) -> LeaseCommand
    ) -> Self {
        .suspending { call async throws(RPCFailure) in
            let bulk = try BulkParameters(call.parameters)
            let deadline = CallDeadline(after: bulk.timeout)
            var results = BulkResults(count: bulk.items.count)
            var commands: [(id: OperationID, command: LeaseCommand)] = []
            for (place, value) in bulk.items.enumerated() {
                results.decode(place) { () throws(RPCFailure) in
                    let item = try LeaseItem(value, knowing: known, model: call.model)
                    let id = try item.operationID()
                    commands.append((id, try command(item, call)))
                }
            }
            let answers = await call.services.perform(commands, until: deadline)
            for (place, (asked, answer)) in zip(results.accepted, zip(commands, answers)) {
                var result = LeaseJSON.result(answer.outcome, of: asked.command.key)
                result["operation-id"] = .string(asked.id.hexadecimal)
                results[place] = result
            }
            return results.json
        }
    }
}

/// The results of a bulk call, in the order of its items, whichever of them could be understood.
struct BulkResults {
    private var results: [JSONObject]
    /// The places of the items that were understood, in order.
    private(set) var accepted: [Int] = []

    init(count: Int) { self.results = Array(repeating: [:], count: count) }

    /// Runs `decode` for the item at `place`; what it throws becomes that item's result.
    mutating func decode(_ place: Int, _ decode: () throws(RPCFailure) -> Void) {
        do throws(RPCFailure) {
            try decode()
            self.accepted.append(place)
        } catch {
            self.results[place] = error.asItem
        }
    }

    subscript(place: Int) -> JSONObject {
        get { self.results[place] }
        set { self.results[place] = newValue }
    }

    var json: JSONValue { ["results": .array(self.results.map { .object($0) })] }
}
