import AgentResources
import DependencyEngine
import Leases
import NIOConcurrencyHelpers

/// The operation queue behind one lock, with its deadlines kept and its consumer woken.
///
/// Everything submitted is answered exactly once; replies and wake-ups are called outside the lock.
final class OperationHubWorker: Worker, Operations {
    private struct State: Sendable {
        var queue: OperationQueue<Submission>
        var consumer: (any OperationConsumer)?
        var isStopped = false
        /// When the timer that keeps the deadlines fires, if one is set.
        var timer: (instant: Uptime, id: Timers.ID)?
    }

    private let timers: Timers
    private let state: NIOLockedValueBox<State>

    init(clock: any UptimeClock, bounds: OperationQueue<Submission>.Bounds = .init()) {
        self.timers = Timers(clock: clock)
        self.state = .init(State(queue: OperationQueue(bounds: bounds)))
    }

    func run(_ context: WorkerContext) async throws {
        try await context.untilStopped { await self.timers.run() }
        let left = self.state.withLockedValue { state in
            state.isStopped = true
            state.consumer = nil
            return state.queue.removeAll()
        }
        for submission in left { submission.reply(.never(Refusal(.stopping))) }
    }

    // MARK: Producers

    func submit(_ submissions: [Submission]) {
        let now = self.timers.clock.now
        var refused: [(submission: Submission, refusal: Refusal)] = []
        let consumer = self.state.withLockedValue { state -> (any OperationConsumer)? in
            guard !state.isStopped else {
                refused = submissions.map { ($0, Refusal(.stopping)) }
                return nil
            }
            let wasEmpty = state.queue.isEmpty
            for submission in submissions {
                let admission = state.queue.enqueue(
                    submission,
                    class: submission.operationClass,
                    bytes: submission.approximateBytes,
                    deadline: submission.deadline,
                    now: now
                )
                if case .refused(let retryAfter) = admission {
                    refused.append((submission, Refusal(.overloaded, retryAfterMilliseconds: retryAfter)))
                }
            }
            self.setTimer(&state)
            return wasEmpty && !state.queue.isEmpty ? state.consumer : nil
        }
        consumer?.operationsAvailable()
        for (submission, refusal) in refused { submission.reply(.never(refusal)) }
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

    var load: OperationLoad { OperationLoad() }
    var statistics: OperationStatistics { OperationStatistics() }

    func seal(limit: Int, byteLimit: Int, now: Uptime) -> SealedSubmissions {
        let sealed = self.state.withLockedValue { $0.queue.seal(limit: limit, byteLimit: byteLimit, now: now) }
        for submission in sealed.expired { submission.reply(.never(Refusal(.deadlineExceeded))) }
        return SealedSubmissions(submissions: sealed.items)
    }

    func refuseAll(_ refusal: Refusal) {
        let all = self.state.withLockedValue { $0.queue.removeAll() }
        for submission in all { submission.reply(.never(refusal)) }
    }

    // MARK: Deadlines

    /// Makes sure a timer fires at the earliest deadline; one that fires too early finds nothing and sets the next.
    private func setTimer(_ state: inout State) {
        guard let deadline = state.queue.nextDeadline else { return }
        if let timer = state.timer {
            if timer.instant <= deadline { return }
            self.timers.cancel(timer.id)
        }
        let id = self.timers.schedule(at: deadline) { [weak self] in self?.expire() }
        state.timer = (deadline, id)
    }

    private func expire() {
        let now = self.timers.clock.now
        let (expired, hasConsumer) = self.state.withLockedValue { state in
            let expired = state.queue.expire(now: now)
            state.timer = nil
            self.setTimer(&state)
            return (expired, state.consumer != nil)
        }
        // Without a consumer nobody can have been too slow: Raft is not there just now, and asking again may help.
        let refusal = Refusal(hasConsumer ? .deadlineExceeded : .tryAgain)
        for submission in expired { submission.reply(.never(refusal)) }
    }
}
