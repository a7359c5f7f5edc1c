import AgentResources
import ClusterIdentity
import Leases
import RPC

extension Facade {
    /// `Singular` version 2, by which the controllers' agents agree which of them runs what may run only once.
    ///
    /// Its leases are of the namespace `singular-controller`, whose operations go before all others.
    static let singular = Facade(
        name: "Singular",
        version: 2,
        audience: .controllers,
        methods: [
            "Claim": .calling { call, reply throws(RPCFailure) in try Singular.claim(call, reply) },
            "Wait": .callingWait { call, reply throws(RPCFailure) in try Singular.wait(call, reply) },
        ]
    )
}

private enum Singular {
    static let namespace = LeaseNamespace.singularController
    /// Juju's own bounds, in nanoseconds as it sends them.
    static let nanoseconds: ClosedRange<Double> = 1e9...60e9

    static func claim(_ call: FacadeCall, _ reply: RPCReply) throws(RPCFailure) {
        try JujuClaims.carryOut("claims", denied: "lease claim denied", call, reply) { item throws(RPCFailure) in
            try Self.command(item, call)
        }
    }

    /// The order of the checks is Juju's: entity, claimant, duration.
    private static func command(_ item: JSONValue, _ call: FacadeCall) throws(RPCFailure) -> LeaseCommand {
        let fields = try Fields(item, knowing: nil, of: "an item of \"claims\"")
        let key = try Self.key(fields, "entity-tag", call)
        let claimant = try fields.requiredText("claimant-tag", bytes: 1...EntityTag.longest)
        guard claimant == call.caller.description else { throw .permissionDenied }
        let duration = try fields.number("duration", unit: "nanoseconds")
        guard Self.nanoseconds.contains(duration) else { throw RPCFailure(code: "", message: "invalid duration") }
        // Rounded up, and never below what a lease can be kept for: it lasts at least what was asked for.
        let milliseconds = max(
            UInt64((duration / 1e6).rounded(.up)),
            LeaseLimits.durationMilliseconds.lowerBound
        )
        return .claim(key, holder: claimant, milliseconds: milliseconds)
    }

    /// The lease of the model or the controller that the tag names.
    private static func key(_ fields: Fields, _ field: String, _ call: FacadeCall) throws(RPCFailure) -> LeaseKey {
        let tag = try fields.requiredText(field, bytes: 1...EntityTag.longest)
        let names = ["model-": call.model, "controller-": call.services.identity.clusterID]
        guard let (_, name) = names.first(where: { tag == $0 + $1 }) else { throw .permissionDenied }
        return LeaseKey(namespace: Self.namespace, model: call.model, name: name)
    }

    /// Long polls without a limit: each ends with its lease or with the connection.
    static func wait(_ call: FacadeCall, _ reply: RPCReply) throws(RPCFailure) {
        let items = try Fields(call.parameters, knowing: nil).list("entities", atMost: LeaseCallLimits.itemsPerCall)
        var results = [RPCFailure?](repeating: nil, count: items.count)
        var keys: [LeaseKey] = []
        for (place, item) in items.enumerated() {
            do throws(RPCFailure) {
                keys.append(try Self.key(try Fields(item, knowing: nil, of: "an item of \"entities\""), "tag", call))
            } catch {
                results[place] = error
            }
        }
        let decoded = results
        LeaseWait.whichGetFree(keys, until: nil, call) { result in
            switch result {
            case .success: reply.succeed(RPCFailure.results(decoded))
            case .failure(let failure): reply.fail(failure)
            }
        }
    }
}
