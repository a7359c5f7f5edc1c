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
            "Claim": .commands(knowing: ["holder", "duration-ms"]) { item, _ throws(RPCFailure) in
                .claim(item.key, holder: try item.holder(), milliseconds: try item.duration())
            },
            "Extend": .commands(knowing: ["holder", "duration-ms"]) { item, _ throws(RPCFailure) in
                .extend(item.key, holder: try item.holder(), milliseconds: try item.duration())
            },
            "Revoke": .commands(knowing: ["holder", "force"]) { item, _ throws(RPCFailure) in
                .revoke(
                    item.key,
                    holder: try item.fields.text("holder", bytes: LeaseCallLimits.nameBytes),
                    force: try item.fields.flag("force") ?? false
                )
            },
            "Pin": .commands(knowing: ["entity"]) { item, call throws(RPCFailure) in
                .pin(
                    item.key,
                    entity: try item.fields.text("entity", bytes: LeaseCallLimits.nameBytes) ?? call.caller.description
                )
            },
            "Unpin": .commands(knowing: ["entity", "force"]) { item, call throws(RPCFailure) in
                // By force an operator takes away every pin there is.
                if try item.fields.flag("force") ?? false { return .unpin(item.key, entity: nil) }
                return .unpin(
                    item.key,
                    entity: try item.fields.text("entity", bytes: LeaseCallLimits.nameBytes) ?? call.caller.description
                )
            },
            "Check": .suspending { call async throws(RPCFailure) in
                call.withGlobalTime(try await LeaseReads.check(call))
            },
            "List": .suspending { call async throws(RPCFailure) in
                call.withGlobalTime(try await LeaseReads.list(call))
            },
            "Wait": .waiting { call async throws(RPCFailure) in
                call.withGlobalTime(try await LeaseReads.wait(call))
            },
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
            var commands: [IdentifiedCommand] = []
            let globalTime = bulk.items.contains { $0["not-after-ms"] != nil } ? call.services.globalTime() : nil
            for (place, value) in bulk.items.enumerated() {
                results.decode(place) { () throws(RPCFailure) in
                    let known = known.union(["operation-id", "not-after-ms"])
                    let item = try LeaseItem(value, knowing: known, model: call.model)
                    let id = try item.operationID()
                    let notAfter = try item.notAfter(now: globalTime)
                    commands.append(IdentifiedCommand(id: id, command: try command(item, call), notAfter: notAfter))
                }
            }
            let answers = await call.services.perform(commands, until: deadline)
            for (place, (asked, answer)) in zip(results.accepted, zip(commands, answers)) {
                var result = LeaseJSON.result(answer.outcome, of: asked.command)
                result["operation-id"] = .string(asked.id.hexadecimal)
                results[place] = result
            }
            return call.withGlobalTime(results.json)
        }
    }
}

extension FacadeCall {
    /// An answer with the global time its client counts on from when it chooses until when an operation may be applied.
    fileprivate func withGlobalTime(_ answer: JSONValue) -> JSONValue {
        guard case .object(var object) = answer, let time = self.services.globalTime() else { return answer }
        object["global-time-ms"] = .int(Int64(clamping: time.milliseconds))
        return .object(object)
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
