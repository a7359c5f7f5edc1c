import AgentResources
import Leases
import RPC

/// Bulk claims as Juju's facades take them: each item granted, or an error of its own in its place.
enum JujuClaims {
    /// Juju's clients send no deadline and give up after about this long.
    static let timeout = Duration.seconds(5)

    /// Carries out the items of `list`; what `command` throws becomes that item's error and the others go on.
    ///
    /// - Parameter denied: what is said of a lease that another holds; Juju's clients compare it.
    static func carryOut(
        _ list: String,
        denied: String,
        _ call: FacadeCall,
        _ reply: RPCReply,
        _ command: (JSONValue) throws(RPCFailure) -> LeaseCommand
    ) throws(RPCFailure) {
        let items = try Fields(call.parameters, knowing: nil).list(list, atMost: LeaseCallLimits.itemsPerCall)
        var results = [RPCFailure?](repeating: nil, count: items.count)
        var places: [Int] = []
        var commands: [IdentifiedCommand] = []
        var drawn = DrawnOperationIDs()
        for (place, item) in items.enumerated() {
            do throws(RPCFailure) {
                commands.append(IdentifiedCommand(id: drawn.draw(), command: try command(item)))
                places.append(place)
            } catch {
                results[place] = error
            }
        }
        let (decoded, asked) = (results, places)
        BulkCommands(commands: commands, timeout: Self.timeout, caller: call.origin, services: call.services)
            .perform { answers in
                var results = decoded
                for (place, answer) in zip(asked, answers) {
                    results[place] = RPCFailure(claim: answer.outcome, denied: denied)
                }
                reply.succeed(RPCFailure.results(results))
            }
    }
}
