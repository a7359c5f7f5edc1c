import AgentResources
import DependencyEngine
import Hub
import Leases
import NIOConcurrencyHelpers

/// The lease manager: any controller answers, wherever the leader is.
///
/// It owns no lease state. Operations go to the leader, directly when that is this controller and by the hub otherwise;
/// reads ask the leader for an index and then the local replica. Raft may come and go meanwhile.
final class LeaseManagerWorker: Worker, LeaseService {
    /// How long a result stays remembered beyond its caller's deadline: whoever asks late still learns it.
    static let rememberedBeyondDeadline = Duration.seconds(5)
    /// No call may take longer, but for waits.
    static let longestTimeout = Duration.seconds(60)
    /// After the deadline, so that the certain answers given at the deadline itself arrive first.
    static let grace = Duration.milliseconds(100)

    let operations: any Operations
    let hub: Hub
    let timers: Timers
    let view: RaftView
    let remote: RemoteRequests
    let waiters = LeaseWaiters()
    private let stopped = NIOLockedValueBox(false)

    init(
        operations: any Operations,
        hub: Hub,
        raft: Deferred<any Proposals>,
        clock: any UptimeClock,
        firstRequest: UInt64 = .random(in: 0...UInt64.max)
    ) {
        self.operations = operations
        self.hub = hub
        self.timers = Timers(clock: clock)
        self.view = RaftView(raft: raft, timers: self.timers)
        self.remote = RemoteRequests(firstID: firstRequest)
    }

    /// This controller's id.
    var controller: UInt64 { self.hub.controller }
    var now: Uptime { self.timers.clock.now }
    var isStopped: Bool { self.stopped.withLockedValue { $0 } }

    func run(_ context: WorkerContext) async throws {
        let answers = self.hub.subscribe(
            to: .leaseCallback(of: self.controller),
            name: context.manifold,
            limits: QueueLimits(messages: 16_384, bytes: 32 << 20)
        )
        try await context.untilStopped {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.timers.run() }
                group.addTask {
                    while case let batch = await answers.nextBatch(), !batch.isEmpty {
                        for message in batch { self.remote.receive(message) }
                    }
                }
                group.addTask { await self.followRaft() }
            }
        }
        self.stopped.withLockedValue { $0 = true }
        answers.unsubscribe()
        self.waiters.endAll(.stopped)
        self.remote.giveUpAll()
        self.view.changed()
        // Whatever still waits for a time is woken by it now, and sees that this worker has stopped.
        self.timers.close()
    }

    /// Follows Raft as it comes and goes: wakes attempts that wait for a leader, and waiters by its events.
    private func followRaft() async {
        var following: Task<Void, Never>?
        for await raft in self.view.changes() {
            following?.cancel()
            await following?.value
            self.noteChange()
            guard let raft else { continue }
            following = Task(name: "lease manager: raft") {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await self.followStatus(of: raft) }
                    group.addTask { await self.followEvents(of: raft) }
                }
            }
        }
        following?.cancel()
        await following?.value
    }

    private func followStatus(of raft: any Proposals) async {
        for await _ in raft.statusChanges() {
            self.noteChange()
            await self.recheck(self.waiters.keys, in: raft)
        }
    }

    /// Requests to who no longer leads are given up, to be sent again, and those without a leader look anew.
    ///
    /// The view changes first: a request registered too late to be given up here sees that it has.
    private func noteChange() {
        self.view.changed()
        if case .to(let leader) = self.view.route {
            self.remote.giveUp(exceptTo: leader)
        } else {
            self.remote.giveUp(exceptTo: nil)
        }
    }
}
