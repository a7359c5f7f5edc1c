import AgentResources
import DependencyEngine
import Hub
import Leases
import NIOConcurrencyHelpers

/// Carries operations by publish and subscribe, as Juju does, with its leaks closed: one callback topic a controller,
/// everything bounded, what is too late dropped and said so.
final class PubSubTransport: Worker, LeaseTransport {
    private struct State: Sendable {
        var machine: StateMachine
    }

    private let hub: Hub
    let timers: Timers
    /// At the machine's next instant, or before it.
    private let next: SoonestTimer
    private let raft: Deferred<any Proposals>
    private let state: NIOLockedValueBox<State>

    init(
        hub: Hub,
        raft: Deferred<any Proposals>,
        clock: any UptimeClock,
        limits: PendingSubmissions.Limits = .init(),
        firstRequest: UInt64 = .random(in: 0...UInt64.max)
    ) {
        self.hub = hub
        self.raft = raft
        self.timers = Timers(clock: clock)
        self.next = SoonestTimer(self.timers)
        self.state = .init(State(machine: StateMachine(firstID: firstRequest, limits: limits)))
    }

    private var now: Uptime { self.timers.clock.now }

    // MARK: For the lease manager

    var load: OperationLoad {
        let now = self.now
        return self.state.withLockedValue { $0.machine.load(now: now) }
    }
    var statistics: LeaseTransportStatistics { self.state.withLockedValue { $0.machine.statistics } }

    func carry(_ submissions: [Submission], to leader: Leader) {
        let now = self.now
        let (replies, needsTurn) = self.state.withLockedValue {
            $0.machine.carry(submissions, to: leader, now: now)
        }
        replies.give()
        // What others submit until the turn comes goes along.
        if needsTurn { self.timers.schedule(at: now) { [weak self] in self?.flush() } }
    }

    // MARK: The worker

    func run(_ context: WorkerContext) async throws {
        let answers = self.hub.subscribe(
            to: .leaseCallback(of: self.hub.controller),
            name: context.manifold,
            limits: QueueLimits(messages: 16_384, bytes: 32 << 20)
        )
        try await context.untilStopped {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.timers.run() }
                group.addTask { await self.read(answers) }
                group.addTask { await self.followRaft() }
            }
        }
        answers.unsubscribe()
        let now = self.now
        self.state.withLockedValue { $0.machine.stop(now: now) }.give()
        self.timers.close()
    }

    private func read(_ answers: Subscription<HubMessage<LeaseResponse>>) async {
        while case let batch = await answers.nextBatch(), !batch.isEmpty {
            let now = self.now
            let replies = self.state.withLockedValue { state in
                batch.flatMap { state.machine.receive($0.payload, from: $0.origin, now: now) }
            }
            replies.give()
        }
    }

    /// Follows Raft as it comes and goes, to give up what went to who no longer leads.
    private func followRaft() async {
        var following: Task<Void, Never>?
        for await raft in self.raft.changes() {
            following?.cancel()
            await following?.value
            following = raft.map { raft in
                Task(name: "lease transport: raft") {
                    for await status in raft.statusChanges() { self.leaderChanged(to: status.leader?.id) }
                }
            }
        }
        following?.cancel()
        await following?.value
    }

    private func leaderChanged(to leader: UInt64?) {
        let now = self.now
        self.state.withLockedValue { $0.machine.leaderChanged(to: leader, now: now) }.give()
    }

    private func flush() {
        let now = self.now
        self.carryOut(self.state.withLockedValue { $0.machine.flush(now: now) })
    }

    private func passed() {
        let now = self.now
        self.carryOut(self.state.withLockedValue { $0.machine.passed(now: now) })
    }

    private func carryOut(_ actions: (messages: [StateMachine.Message], replies: [OwedReply])) {
        for message in actions.messages {
            self.hub.publish(message.request, on: .leaseRequest, to: message.leader)
        }
        actions.replies.give()
        self.armTimer()
    }

    private func armTimer() {
        self.next.arm(self.state.withLockedValue { $0.machine.nextInstant }) { [weak self] in self?.passed() }
    }
}
