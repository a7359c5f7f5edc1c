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
            "Resolve": .commands(knowing: ["operation-id", "not-after-ms"], isOperation: false) {
                item,
                _ throws(RPCFailure) in
                .resolve(item.key, try item.askedOperation(), notAfter: try item.askedNotAfter())
            },
            "Check": .suspending { call async throws(RPCFailure) in
                call.services.withGlobalTime(try await LeaseReads.check(call))
            },
            "List": .suspending { call async throws(RPCFailure) in
                call.services.withGlobalTime(try await LeaseReads.list(call))
            },
            "Wait": .callingWait { call, reply throws(RPCFailure) in try LeaseWait.begin(call, reply) },
            "Watch": .waiting { call async throws(RPCFailure) in
                call.services.withGlobalTime(try await LeaseReads.watch(call))
            },
        ]
    )
}

extension Facade.Method {
    /// A bulk call whose items each become one command; bad items are answered and the others go on.
    ///
    /// - Parameter isOperation: whether an item's id and limit are the command's own.
    fileprivate static func commands(
        knowing known: Set<String>,
        isOperation: Bool = true,
        _ command: @escaping @Sendable (LeaseItem, FacadeCall) throws(RPCFailure) -> LeaseCommand
    ) -> Self {
        let known = known.union(["operation-id", "not-after-ms"])
        return .calling { call, reply throws(RPCFailure) in
            let bulk = try BulkParameters(call.parameters)
            var results = LeaseResults(commands: [])
            let globalTime = call.services.globalTime
            var drawn = DrawnOperationIDs()
            for (place, value) in bulk.items.enumerated() {
                do throws(RPCFailure) {
                    let item = try LeaseItem(value, knowing: known, model: call.model)
                    // A question about an operation is one of its own, which nobody asks twice under one id.
                    let id = isOperation ? try item.operationID(&drawn) : drawn.draw()
                    let notAfter = isOperation ? try item.notAfter(now: globalTime) : nil
                    let asked = IdentifiedCommand(id: id, command: try command(item, call), notAfter: notAfter)
                    results.commands.append(asked)
                } catch {
                    results.rejected.append((place, error))
                }
            }
            LeaseFacade.perform(results, timeout: bulk.timeout, for: call.origin, call.services, reply)
        }
    }
}

/// What both ways of reading a bulk call lead to.
enum LeaseFacade {
    /// Carries out the commands of `results` and answers with all of them.
    static func perform(
        _ results: LeaseResults,
        timeout: Duration,
        for caller: Caller,
        _ services: APIServices,
        _ reply: RPCReply
    ) {
        BulkCommands(commands: results.commands, timeout: timeout, caller: caller, services: services).perform {
            answers in
            var results = results
            results.answers = answers
            results.globalTime = services.globalTime
            let complete = results
            reply.succeed { complete.write(to: &$0) }
        }
    }

    /// Reads a call of claims or extensions straight from its bytes, when it is one, and plain; returns how to go on.
    static func direct(
        _ call: RPCCallName,
        _ bytes: UnsafeBufferPointer<UInt8>,
        model: String,
        for caller: Caller,
        _ services: APIServices
    ) -> ((RPCReply) -> Void)? {
        guard call.facade == "Lease", call.version == 1 else { return nil }
        let kind: PlainBulk.Kind
        switch call.method {
        case "Claim": kind = .claim
        case "Extend": kind = .extend
        default: return nil
        }
        guard let bulk = PlainBulk(kind, bytes, model: model, now: services.globalTime) else { return nil }
        return { reply in
            Self.perform(
                LeaseResults(commands: bulk.commands),
                timeout: bulk.timeout,
                for: caller,
                services,
                reply
            )
        }
    }
}

extension APIServices {
    /// An answer with the global time its client counts on from when it chooses until when an operation may be applied.
    func withGlobalTime(_ answer: JSONValue) -> JSONValue {
        guard case .object(var object) = answer, let time = self.globalTime else { return answer }
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
