import AgentResources
import DependencyEngine
import Leases

/// The lease manager: any controller answers, wherever the leader is.
///
/// It owns no lease state. Operations go to the leader: to the operation hub when that is this controller, by the
/// transport otherwise; reads ask the leader for an index and then the local replica. Raft and the transport may come
/// and go meanwhile. Nothing here costs a task, but for what is asked by one.
final class LeaseManagerWorker: Worker, LeaseService {
    /// How long a result stays remembered beyond its caller's deadline: whoever asks late still learns it.
    static let rememberedBeyondDeadline = Duration.seconds(5)
    /// No call may take longer, but for waits.
    static let longestTimeout = Duration.seconds(60)
    /// After the deadline, so that the certain answers given at the deadline itself arrive first.
    static let grace = Duration.milliseconds(100)
    /// How often is looked for what nobody tells: callers that have left, answers that never came.
    static let sweepInterval = Duration.milliseconds(250)

    let operations: any Operations
    let timers: Timers
    let view: RaftView
    let open = OpenCalls()
    let waiters: LeaseWaiters
    let watchers = Watchers()
    let barriers = SharedBarrier()

    init(
        operations: any Operations,
        transport: Deferred<any LeaseTransport>,
        raft: Deferred<any Proposals>,
        clock: any UptimeClock
    ) {
        self.operations = operations
        self.timers = Timers(clock: clock)
        self.view = RaftView(raft: raft, transport: transport)
        self.waiters = LeaseWaiters(timers: self.timers)
        self.waiters.onDueWaves { [weak self] in self?.lookUpWaves($0) }
    }

    var now: Uptime { self.timers.clock.now }
    var isStopped: Bool { self.open.isClosed }

    var statistics: LeaseStatistics {
        var statistics = self.open.statistics
        self.waiters.report(to: &statistics)
        self.watchers.report(to: &statistics)
        return statistics
    }

    func run(_ context: WorkerContext) async throws {
        self.sweepNowAndThen()
        try await context.untilStopped {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.timers.run() }
                group.addTask { await self.followRaft() }
                group.addTask { await self.followTransport() }
            }
        }
        for call in self.open.close() { call.giveUp(.stopping) }
        self.barriers.close()
        self.waiters.close()
        self.watchers.close()
        // Whatever still waits for a time is woken by it now, and finds that this worker has stopped.
        self.timers.close()
    }

    /// Follows Raft as it comes and goes: calls that wait for a leader look anew, and waiters follow its events.
    private func followRaft() async {
        var following: Task<Void, Never>?
        for await raft in self.view.raftChanges() {
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
            self.recheck(self.waiters.keys, in: raft)
        }
    }

    private func followTransport() async {
        for await _ in self.view.transportChanges() { self.noteChange() }
    }

    /// Calls sent to who no longer leads are sent again, and those without a leader look anew.
    ///
    /// The view changes first: a call that is too late to be told here sees that it has.
    private func noteChange() {
        self.view.changed()
        for call in self.open.all { call.changed() }
        self.settleReads()
    }

    private func sweepNowAndThen() {
        guard !self.isStopped else { return }
        self.timers.schedule(at: self.now + Self.sweepInterval) { [weak self] in
            self?.sweep()
            self?.sweepNowAndThen()
        }
    }

    func sweep() {
        let now = self.now
        for call in self.open.all { call.sweep(now: now) }
        self.barriers.expire(now: now)
        self.settleReads()
        self.waiters.sweep()
        for key in self.waiters.unasked { self.askWhetherFree(key) }
    }
}
