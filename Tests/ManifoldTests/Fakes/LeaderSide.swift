import AgentResources
import Hub
import Leases
import Testing

/// A leader's hub as other controllers see it: requests go in as bytes, answers come out as bytes.
struct LeaderSide {
    let hub = Hub(controller: 1)
    private let outgoing: Subscription<ForwardedMessage>

    init() { self.outgoing = self.hub.forward(name: "test") }

    /// Waits until somebody takes requests.
    func subscribed() async {
        await eventually { self.hub.report().subscribers.contains { $0.topic == "lease.request" } }
    }

    func request(
        _ operations: [LeaseOperation?],
        id: UInt64 = 1,
        isRepeat: Bool = false,
        from origin: UInt64 = 2,
        remaining: UInt32 = 5_000
    ) {
        let items = operations.map { LeaseRequest.Item($0, remainingMilliseconds: remaining) }
        let request = LeaseRequest(id: id, isRepeat: isRepeat, items: items)
        self.hub.receive(
            ForwardedMessage(topic: "lease.request", origin: origin, target: 1, bytes: request.hubBytes())
        )
    }

    /// The next answer, with whom it is for.
    func answer() async throws -> (target: UInt64?, response: LeaseResponse)? {
        guard let message = await self.outgoing.next() else { return nil }
        #expect(message.topic == "lease.request.callback.\(message.target ?? 0)")
        return (message.target, try LeaseResponse(hubBytes: message.bytes))
    }

    var waiting: Int { self.hub.report().subscribers.filter { $0.topic == "*" }.reduce(0) { $0 + $1.queued } }
}
