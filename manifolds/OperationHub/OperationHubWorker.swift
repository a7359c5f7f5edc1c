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
        /// The timer that keeps the deadlines, if one is set or about to be.
        var timer: DeadlineTimer?
        var timers: UInt64 = 0
    }

    private struct DeadlineTimer: Sendable {
        var number: UInt64
        var instant: Uptime
        /// Unknown while it is being set.
        var id: Timers.ID?
    }

    private let timers: Timers
    private let state: NIOLockedValueBox<State>
    /// How many wait: the consumer asks far more often than something does.
    private let count = Atomic<Int>(0)

    init(clock: any UptimeClock, bounds: AdmissionQueue.Bounds = .init()) {
        self.timers = Timers(clock: clock)
        self.state = .init(State(queue: OperationQueue(bounds: bounds)))
    }

    /// Every change goes this way, so that `count` is kept.
    private func change<Result>(_ body: (inout State) -> Result) -> Result {
        self.state.withLockedValue { state in
            defer { self.count.store(state.queue.count, ordering: .releasing) }
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
        for submission in left { submission.reply(.never(Refusal(.stopping))) }
    }

    // MARK: Producers

    func submit(_ submissions: [Submission]) {
        let now = self.timers.clock.now
        // Hashing many names takes longer than queueing them, so it is done before the lock.
        let arrivals = submissions.map(\.arrival)
        var refused: [(index: Int, refusal: Refusal)] = []
        var answered: [OperationQueue<Submission>.Answered] = []
        var timer: DeadlineTimer?
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
            timer = Self.timerToSet(&state)
            return wasEmpty && !state.queue.isEmpty ? state.consumer : nil
        }
        self.set(timer)
        consumer?.operationsAvailable()
        for (index, refusal) in refused { submissions[index].reply(.never(refusal)) }
        self.reply(answered, late: .deadlineExceeded)
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
        guard self.count.load(ordering: .acquiring) > 0 else { return SealedSubmissions() }
        let (items, stretch, answered) = self.change { state in
            let items = state.queue.seal(limit: limit, byteLimit: byteLimit, now: now)
            return (items, state.queue.stretchPercent, state.queue.takeAnswered())
        }
        self.reply(answered, late: .deadlineExceeded)
        return SealedSubmissions(submissions: items.map { Submission($0) }, stretchPercent: stretch)
    }

    func refuseAll(_ refusal: Refusal) {
        let (left, answered) = self.change { state in
            (state.queue.removeAll(), state.queue.takeAnswered())
        }
        self.reply(answered, late: .deadlineExceeded)
        for submission in left { submission.reply(.never(refusal)) }
    }

    var load: OperationLoad {
        let load = self.state.withLockedValue { $0.queue.load }
        return OperationLoad(
            claimRetryAfterMilliseconds: load.claimRetryAfterMilliseconds,
            extendLevel: load.extendLevel,
            stretchPercent: load.stretchPercent
        )
    }

    var statistics: OperationStatistics { self.state.withLockedValue { $0.queue.statistics } }

    // MARK: Deadlines

    /// The timer to be set, outside the lock, so that one fires no later than the earliest deadline; one that fires too
    /// early finds nothing and sets the next.
    private static func timerToSet(_ state: inout State) -> DeadlineTimer? {
        guard let deadline = state.queue.nextDeadline else { return nil }
        if let timer = state.timer, timer.instant <= deadline { return nil }
        let before = state.timer?.id
        state.timers += 1
        state.timer = DeadlineTimer(number: state.timers, instant: deadline)
        return DeadlineTimer(number: state.timers, instant: deadline, id: before)
    }

    /// Sets a timer, and cancels the one whose place it takes; one that has been replaced or has fired meanwhile is not
    /// remembered.
    private func set(_ timer: DeadlineTimer?) {
        guard let timer else { return }
        if let before = timer.id { self.timers.cancel(before) }
        let id = self.timers.schedule(at: timer.instant) { [weak self] in self?.expire(timer.number) }
        let isRemembered = self.state.withLockedValue { state in
            guard state.timer?.number == timer.number else { return false }
            state.timer?.id = id
            return true
        }
        if !isRemembered { self.timers.cancel(id) }
    }

    private func expire(_ number: UInt64) {
        let now = self.timers.clock.now
        let (answered, hasConsumer, timer) = self.change { state in
            state.queue.expire(now: now)
            if state.timer?.number == number { state.timer = nil }
            let timer = Self.timerToSet(&state)
            return (state.queue.takeAnswered(), state.consumer != nil, timer)
        }
        self.set(timer)
        // Without a consumer nobody can have been too slow: Raft is not there just now, and asking again may help.
        self.reply(answered, late: hasConsumer ? .deadlineExceeded : .tryAgain)
    }

    /// Tells those that are in no log; never under the lock.
    private func reply(_ answered: [OperationQueue<Submission>.Answered], late: Refusal.Reason) {
        for (submission, answer) in answered.lazy.map({ ($0.payload, $0.answer) }) {
            let refusal =
                switch answer {
                case .expired: Refusal(late)
                case .abandoned: Refusal(.abandoned)
                case .refused(let retryAfter): Refusal(.overloaded, retryAfterMilliseconds: UInt64(retryAfter))
                }
            submission.reply(.never(refusal))
        }
    }
}
