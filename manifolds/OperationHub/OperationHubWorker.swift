import AgentResources
import DependencyEngine
import Leases
import NIOConcurrencyHelpers
import Synchronization

/// The operation queue behind one lock, with its deadlines kept and its consumer woken.
///
/// Everything submitted is answered exactly once; replies and wake-ups are called outside the lock.
final class OperationHubWorker: Worker, Operations {
    private struct State: Sendable {
        var queue: OperationQueue<Submission>
        var consumer: (any OperationConsumer)?
        var isStopped = false
    }

    private let timers: Timers
    /// No later than the earliest deadline; one that comes too early finds nothing and is set anew.
    private let deadlines: SoonestTimer
    private let state: NIOLockedValueBox<State>
    /// How many wait: the consumer asks far more often than something does.
    private let count = Atomic<Int>(0)
    private let bytes = Atomic<Int>(0)
    /// How many operations and bytes may wait without a second entry, whatever comes next; none before the first seal.
    private let unorderedCount = Atomic<Int>(0)
    private let unorderedBytes = Atomic<Int>(0)
    private let hasGivenUpLeases = Atomic<Bool>(false)

    init(clock: any UptimeClock, bounds: AdmissionQueue.Bounds = .init()) {
        self.timers = Timers(clock: clock)
        self.deadlines = SoonestTimer(self.timers)
        self.state = .init(State(queue: OperationQueue(bounds: bounds)))
    }

    /// Every change goes this way, so that what is asked for without the lock is kept.
    private func change<Result>(_ body: (inout State) -> Result) -> Result {
        self.state.withLockedValue { state in
            defer {
                self.count.store(state.queue.count, ordering: .releasing)
                self.bytes.store(state.queue.bytes, ordering: .relaxed)
                self.hasGivenUpLeases.store(state.queue.hasGivenUpLeases, ordering: .relaxed)
            }
            return body(&state)
        }
    }

    func run(_ context: WorkerContext) async throws {
        try await context.untilStopped { await self.timers.run() }
        let (left, answered) = self.change { state in
            state.isStopped = true
            state.consumer = nil
            return (state.queue.removeAll(), state.queue.takeAnswered())
        }
        self.reply(answered, late: .deadlineExceeded)
        left.reply(.never(Refusal(.stopping)))
    }

    // MARK: Producers

    func submit(_ submissions: [Submission]) {
        let now = self.timers.clock.now
        // Hashing many names takes longer than queueing them, so it is done before the lock.
        let arrivals = submissions.map { $0.arrival }
        var refused: [(index: Int, refusal: Refusal)] = []
        var answered: [OperationQueue<Submission>.Answered] = []
        var deadline: Uptime?
        let consumer = self.change { state -> (any OperationConsumer)? in
            guard !state.isStopped else {
                refused = submissions.indices.map { ($0, Refusal(.stopping)) }
                return nil
            }
            let wasEmpty = state.queue.isEmpty
            for index in submissions.indices {
                let admission = state.queue.enqueue(submissions[index], arrivals[index], now: now)
                if case .refused(let retryAfter) = admission {
                    refused.append((index, Refusal(.overloaded, retryAfterMilliseconds: UInt64(retryAfter))))
                }
            }
            answered = state.queue.takeAnswered()
            deadline = state.queue.nextDeadline
            return wasEmpty && !state.queue.isEmpty ? state.consumer : nil
        }
        self.keep(deadline)
        consumer?.operationsAvailable()
        var groups = ReplyGroups()
        for (index, refusal) in refused { groups.reply(.never(refusal), to: submissions[index].address) }
        groups.give()
        self.reply(answered, late: .deadlineExceeded)
    }

    func needsOrder(for more: [Submission]) -> Bool {
        if self.hasGivenUpLeases.load(ordering: .relaxed) { return true }
        let count = self.count.load(ordering: .relaxed) + more.count
        if count > self.unorderedCount.load(ordering: .relaxed) { return true }
        let bytes = more.reduce(self.bytes.load(ordering: .relaxed)) { $0 + $1.approximateBytes }
        return bytes > self.unorderedBytes.load(ordering: .relaxed)
    }

    // MARK: The consumer

    func attach(_ consumer: any OperationConsumer) {
        let hasWork = self.state.withLockedValue { state in
            guard !state.isStopped else { return false }
            state.consumer = consumer
            return !state.queue.isEmpty
        }
        if hasWork { consumer.operationsAvailable() }
    }

    func detach(_ consumer: any OperationConsumer) {
        self.state.withLockedValue { state in
            if state.consumer === consumer { state.consumer = nil }
        }
    }

    func seal(limit: Int, byteLimit: Int, now: Uptime) -> SealedSubmissions {
        self.unorderedCount.store(limit - limit / 4, ordering: .relaxed)
        self.unorderedBytes.store(byteLimit - byteLimit / 4, ordering: .relaxed)
        guard self.count.load(ordering: .acquiring) > 0 else { return SealedSubmissions() }
        var sealed = SealedSubmissions()
        let answered = self.change { state in
            sealed.submissions.reserveCapacity(min(state.queue.count, limit))
            state.queue.seal(limit: limit, byteLimit: byteLimit, now: now) { submission, riders in
                sealed.submissions.append(submission)
                if !riders.isEmpty { sealed.submissions[sealed.submissions.count - 1].stand(for: riders) }
            }
            sealed.stretchPercent = state.queue.stretchPercent
            return state.queue.takeAnswered()
        }
        self.reply(answered, late: .deadlineExceeded)
        return sealed
    }

    func refuseAll(_ refusal: Refusal) {
        let (left, answered) = self.change { state in
            (state.queue.removeAll(), state.queue.takeAnswered())
        }
        self.reply(answered, late: .deadlineExceeded)
        left.reply(.never(refusal))
    }

    var load: OperationLoad {
        let now = self.timers.clock.now
        let load = self.state.withLockedValue { $0.queue.load(now: now) }
        return OperationLoad(
            claimRetryAfterMilliseconds: load.claimRetryAfterMilliseconds,
            extendLevel: load.extendLevel,
            stretchPercent: load.stretchPercent
        )
    }

    var statistics: OperationStatistics { self.state.withLockedValue { $0.queue.statistics } }

    // MARK: Deadlines

    private func keep(_ deadline: Uptime?) { self.deadlines.arm(deadline) { [weak self] in self?.expire() } }

    private func expire() {
        let now = self.timers.clock.now
        let (answered, hasConsumer, deadline) = self.change { state in
            state.queue.expire(now: now)
            return (state.queue.takeAnswered(), state.consumer != nil, state.queue.nextDeadline)
        }
        self.keep(deadline)
        // Without a consumer nobody can have been too slow: Raft is not there just now, and asking again may help.
        self.reply(answered, late: hasConsumer ? .deadlineExceeded : .tryAgain)
    }

    /// Tells those that are in no log; never under the lock.
    private func reply(_ answered: [OperationQueue<Submission>.Answered], late: Refusal.Reason) {
        guard !answered.isEmpty else { return }
        var groups = ReplyGroups()
        for (submission, answer) in answered.lazy.map({ ($0.payload, $0.answer) }) {
            let refusal =
                switch answer {
                case .expired: Refusal(late)
                case .abandoned: Refusal(.abandoned)
                case .refused(let retryAfter): Refusal(.overloaded, retryAfterMilliseconds: UInt64(retryAfter))
                }
            groups.reply(.never(refusal), to: submission.address)
        }
        groups.give()
    }
}
