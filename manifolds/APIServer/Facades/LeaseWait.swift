import AgentResources
import Leases
import NIOCore
import RPC

/// `Lease.Wait`: several leases at once, under one deadline.
enum LeaseWait {
    static func begin(_ call: FacadeCall, _ reply: RPCReply) throws(RPCFailure) {
        let bulk = try BulkParameters(call.parameters, timeouts: LeaseCallLimits.waitMilliseconds)
        var results = BulkResults(count: bulk.items.count)
        var keys: [LeaseKey] = []
        for (place, value) in bulk.items.enumerated() {
            results.decode(place) { () throws(RPCFailure) in
                keys.append(try LeaseItem(value, model: call.model).key)
            }
        }
        let asked = keys
        let decoded = results
        Self.whichGetFree(asked, until: CallDeadline(after: bulk.timeout), call) { result in
            switch result {
            case .success(let free):
                var results = decoded
                for (place, (key, isFree)) in zip(results.accepted, zip(asked, free)) {
                    results[place] = ["lease": .string(key.name), "outcome": isFree ? "free" : "held"]
                }
                reply.succeed(call.services.withGlobalTime(results.json))
            case .failure(let failure): reply.fail(failure)
            }
        }
    }

    /// Waits for all of them at once; calls `done` once, from any thread, when the last wait is over.
    static func whichGetFree(
        _ keys: [LeaseKey],
        until deadline: CallDeadline?,
        _ call: FacadeCall,
        _ done: @escaping @Sendable (Result<[Bool], RPCFailure>) -> Void
    ) {
        let waits = FreeWaits(count: keys.count, done: done)
        for (place, key) in keys.enumerated() {
            FreeWait(
                key: key,
                deadline: deadline,
                services: call.services,
                caller: call.waits,
                eventLoop: call.eventLoop
            ) { waits.ended(place, $0) }
            .begin()
        }
    }
}
