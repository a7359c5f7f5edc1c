import AgentResources
import Leases
import RPC

extension Facade {
    /// `LeadershipService` version 2, as Juju's units call it, on leases of the namespace `application-leadership`.
    static let leadershipService = Facade(
        name: "LeadershipService",
        version: 2,
        audience: .agents,
        methods: [
            "ClaimLeadership": .calling { call, reply throws(RPCFailure) in try Leadership.claim(call, reply) },
            "BlockUntilLeadershipReleased": .callingWait { call, reply throws(RPCFailure) in
                try Leadership.blockUntilReleased(call, reply)
            },
        ]
    )
}

private enum Leadership {
    static let namespace = "application-leadership"
    /// Juju's own bounds.
    static let seconds = 5.0...300.0

    static func claim(_ call: FacadeCall, _ reply: RPCReply) throws(RPCFailure) {
        try JujuClaims.carryOut("params", denied: "leadership claim denied", call, reply) { item throws(RPCFailure) in
            try Self.command(item, call)
        }
    }

    /// The order of the checks is Juju's: tags, duration, permission.
    private static func command(_ item: JSONValue, _ call: FacadeCall) throws(RPCFailure) -> LeaseCommand {
        let fields = try Fields(item, knowing: nil, of: "an item of \"params\"")
        let application = try Self.tag(fields, "application-tag", .application)
        let unit = try Self.tag(fields, "unit-tag", .unit)
        let duration = try fields.number("duration", unit: "seconds")
        guard Self.seconds.contains(duration) else {
            throw RPCFailure(code: "", message: "invalid duration")
        }
        guard unit.application == application.name, call.caller == unit || call.caller == application else {
            throw .permissionDenied
        }
        let key = LeaseKey(namespace: Self.namespace, model: call.model, name: application.name)
        // Rounded up: a lease lasts at least what was asked for.
        return .claim(key, holder: unit.name, milliseconds: UInt64((duration * 1_000).rounded(.up)))
    }

    private static func tag(_ fields: Fields, _ key: String, _ kind: EntityTag.Kind) throws(RPCFailure) -> EntityTag {
        let text = try fields.requiredText(key, bytes: 1...EntityTag.longest)
        guard let tag = EntityTag(text), tag.kind == kind else {
            throw .notValid("\"\(key)\" must be a valid \(kind.rawValue) tag, not \"\(text.excerpt)\"")
        }
        return tag
    }

    /// A long poll without a limit: it ends with the leadership or with the connection.
    static func blockUntilReleased(_ call: FacadeCall, _ reply: RPCReply) throws(RPCFailure) {
        let application = try Fields(call.parameters, knowing: nil).requiredText("Name", bytes: 1...EntityTag.longest)
        var answer = JSONObject()
        if !EntityTag.isApplicationName(application) {
            let name = application.excerpt
            answer["error"] = RPCFailure.notValid("\"Name\" must be an application's name, not \"\(name)\"").asJSON
        } else if call.caller.application != application {
            answer["error"] = RPCFailure.permissionDenied.asJSON
        } else {
            let key = LeaseKey(namespace: Self.namespace, model: call.model, name: application)
            return FreeWait(
                key: key,
                deadline: nil,
                services: call.services,
                caller: call.waits,
                eventLoop: call.eventLoop
            ) { result in
                switch result {
                case .success: reply.succeed()
                case .failure(let failure): reply.fail(failure)
                }
            }.begin()
        }
        reply.succeed(.object(answer))
    }
}
