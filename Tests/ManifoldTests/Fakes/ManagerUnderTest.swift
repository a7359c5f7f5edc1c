import AgentResources
import DependencyEngine
import Leases
import Testing

@testable import LeaseManagerManifold

/// A lease manager on controller 1 with everything around it in the test's hands.
struct ManagerUnderTest {
    let clock = VirtualClock()
    let raft: FakeRaft
    let operations = FakeOperations()
    let transport = FakeTransport()
    let manager: LeaseManagerWorker
    let setRaft: @Sendable ((any Proposals)?) -> Void
    private let worker: RunningWorker

    /// - Parameter leader: who leads according to Raft here; controller 1 is this one.
    init(leader: UInt64?, withRaft: Bool = true) async {
        let raft = FakeRaft(id: 1, leader: leader)
        let (handle, set) = Deferred<any Proposals>.standalone(withRaft ? raft : nil)
        self.raft = raft
        self.setRaft = set
        let manager = LeaseManagerWorker(
            operations: self.operations,
            transport: Deferred<any LeaseTransport>.standalone(self.transport).handle,
            raft: handle,
            clock: self.clock
        )
        self.manager = manager
        self.worker = RunningWorker(manager)
        await eventually { [clock = self.clock] in clock.sleepers > 0 }
        // What Raft says of itself at first, once told, disturbs nobody who comes later.
        if withRaft { await eventually { raft.followers == 1 && raft.isHeard } }
    }

    func stop() async throws { try await self.worker.stop() }

    /// Starts a call and collects its answers.
    @discardableResult
    func performing(
        _ commands: LeaseCommand...,
        id number: UInt64 = 1,
        notAfter: UInt64? = nil,
        timeout: Duration = .seconds(5),
        caller: Caller? = nil
    ) -> Outcomes {
        let notAfter = notAfter.map { GlobalTime(milliseconds: $0) }
        let outcomes = Outcomes()
        let call = LeaseCall(
            commands: commands.enumerated().map { offset, command in
                IdentifiedCommand(id: id(number + UInt64(offset)), command: command, notAfter: notAfter)
            },
            timeout: timeout,
            caller: caller
        ) { answers in
            for answer in answers { outcomes.append(answer.outcome) }
        }
        self.manager.perform(call)
        return outcomes
    }

    /// Lets time pass and waits until what was due has been done.
    func pass(_ duration: Duration) async {
        self.clock.advance(by: duration)
        await eventually { self.manager.timers.isSettled }
    }
}
