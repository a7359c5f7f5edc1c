import AgentResources
import DependencyEngine
import Hub
import Leases
import Testing

@testable import LeaseManagerManifold

/// A lease manager on controller 1 with everything around it in the test's hands.
struct ManagerUnderTest {
    let clock = VirtualClock()
    let raft: FakeRaft
    let operations = FakeOperations()
    let hub = Hub(controller: 1)
    let manager: LeaseManagerWorker
    let setRaft: @Sendable ((any Proposals)?) -> Void
    private let outgoing: Subscription<ForwardedMessage>
    private let worker: RunningWorker

    /// - Parameter leader: who leads according to Raft here; controller 1 is this one.
    init(leader: UInt64?, withRaft: Bool = true) async {
        let raft = FakeRaft(id: 1, leader: leader)
        let (handle, set) = Deferred<any Proposals>.standalone(withRaft ? raft : nil)
        self.raft = raft
        self.setRaft = set
        self.outgoing = self.hub.forward(name: "test")
        let manager = LeaseManagerWorker(
            operations: self.operations,
            hub: self.hub,
            raft: handle,
            clock: self.clock,
            firstRequest: 100
        )
        self.manager = manager
        self.worker = RunningWorker(manager)
        if withRaft { await eventually { raft.followers == 1 } }
    }

    func stop() async throws { try await self.worker.stop() }

    /// Starts a call without waiting for it.
    func performing(
        _ command: LeaseCommand = claim("db"),
        id number: UInt64 = 1,
        notAfter: UInt64? = nil,
        timeout: Duration = .seconds(5)
    ) -> Task<SubmissionOutcome?, Never> {
        let notAfter = notAfter.map { GlobalTime(milliseconds: $0) }
        let command = IdentifiedCommand(id: id(number), command: command, notAfter: notAfter)
        return Task {
            await self.manager.perform([command], timeout: timeout).first?.outcome
        }
    }

    /// The next request sent to another controller.
    func request() async throws -> (target: UInt64?, request: LeaseRequest) {
        let message = try #require(await self.outgoing.next())
        #expect(message.topic == "lease.request")
        return (message.target, try LeaseRequest(hubBytes: message.bytes))
    }

    /// Requests sent and not yet looked at.
    var unread: Int { self.hub.report().subscribers.filter { $0.topic == "*" }.reduce(0) { $0 + $1.queued } }

    func answer(_ request: LeaseRequest, from leader: UInt64, _ outcomes: SubmissionOutcome...) {
        let response = LeaseResponse(
            id: request.id,
            answers: outcomes.enumerated().map { .init(slot: $0.offset, outcome: $0.element) }
        )
        self.hub.receive(
            ForwardedMessage(
                topic: "lease.request.callback.1",
                origin: leader,
                target: 1,
                bytes: response.hubBytes()
            )
        )
    }

    /// Lets time pass, once the next timer is due in `timer` (or in `duration`) at the latest.
    func pass(_ duration: Duration, timer: Duration? = nil) async {
        await self.waits(for: timer ?? duration)
        self.clock.advance(by: duration)
    }

    /// Returns once a timer is due in `duration` or earlier.
    func waits(for duration: Duration) async {
        let latest = self.clock.now + duration
        await eventually { self.manager.timers.earliest.map { $0 <= latest } ?? false }
    }
}

extension LeaseRequest {
    var operations: [LeaseOperation] { self.items.compactMap(\.operation) }
}
