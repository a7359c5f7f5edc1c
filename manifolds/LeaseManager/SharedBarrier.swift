import AgentResources
import NIOConcurrencyHelpers

/// Reads that wait to be told an index from which on the local replica answers them truthfully. Thread-safe.
///
/// One question to the leader is on its way at a time and serves everybody who came before it left; those who come later
/// wait for the next one.
final class SharedBarrier: Sendable {
    /// How many may wait, so that a leader that is away costs bounded memory.
    static let limit = 262_144

    /// One who waits.
    struct Reader: Sendable {
        var deadline: Uptime
        /// Called once, outside any lock.
        var reply: @Sendable (Result<any Proposals, LeaseServiceError>) -> Void
    }

    /// Those one question serves, with its answer.
    struct Answered: Sendable {
        var index: UInt64
        var readers: [Reader]
    }

    private struct State: Sendable {
        var waiting: [Reader] = []
        /// Those the question on its way serves.
        var asking: [Reader]?
        /// Answered, and not yet applied here.
        var unsettled: [Answered] = []
        var isClosed = false
    }

    private let state = NIOLockedValueBox(State())

    /// Takes a reader; true when the next question is to be asked now.
    func add(_ reader: Reader) -> Bool {
        let refusal = self.state.withLockedValue { state -> Refusal? in
            if state.isClosed { return Refusal(.stopping) }
            if state.waiting.count >= Self.limit { return Refusal(.overloaded, retryAfterMilliseconds: 1_000) }
            state.waiting.append(reader)
            return nil
        }
        guard let refusal else { return true }
        reader.reply(.failure(LeaseServiceError(refusal)))
        return false
    }

    /// Begins the next question if none is on its way and somebody waits; returns until when it is good, and for how
    /// many.
    func beginQuestion() -> (deadline: Uptime, count: Int)? {
        self.state.withLockedValue { state in
            guard state.asking == nil, let deadline = state.waiting.map(\.deadline).max() else { return nil }
            state.asking = state.waiting
            state.waiting = []
            return (deadline, state.asking?.count ?? 0)
        }
    }

    /// Ends the question and returns those it served.
    func endQuestion() -> [Reader] {
        self.state.withLockedValue { state in
            defer { state.asking = nil }
            return state.asking ?? []
        }
    }

    /// Keeps those whose index no replica here has applied yet.
    func keep(_ answered: Answered) {
        let isKept = self.state.withLockedValue { state in
            guard !state.isClosed else { return false }
            state.unsettled.append(answered)
            return true
        }
        guard !isKept else { return }
        for reader in answered.readers { reader.reply(.failure(LeaseServiceError(Refusal(.stopping)))) }
    }

    /// Hands out what was kept.
    func takeUnsettled() -> [Answered] {
        self.state.withLockedValue { state in
            defer { state.unsettled = [] }
            return state.unsettled
        }
    }

    /// Answers those whose deadline has passed while others' has not.
    func expire(now: Uptime) {
        let late = self.state.withLockedValue { state -> [Reader] in
            let late = state.waiting.filter { $0.deadline <= now } + (state.asking ?? []).filter { $0.deadline <= now }
            guard !late.isEmpty else { return [] }
            state.waiting.removeAll { $0.deadline <= now }
            state.asking?.removeAll { $0.deadline <= now }
            return late
        }
        for reader in late { reader.reply(.failure(LeaseServiceError(Refusal(.tryAgain)))) }
    }

    /// Answers everybody, and each later one at once.
    func close() {
        let all = self.state.withLockedValue { state in
            state.isClosed = true
            defer {
                state.waiting = []
                state.asking = nil
                state.unsettled = []
            }
            return state.waiting + (state.asking ?? []) + state.unsettled.flatMap(\.readers)
        }
        for reader in all { reader.reply(.failure(LeaseServiceError(Refusal(.stopping)))) }
    }
}
