import AgentResources
import NIOConcurrencyHelpers

/// Requests under way with the answers they have so far, and those answered lately. Thread-safe.
///
/// A request is begun once, however often it is repeated, so that its answer is the whole truth about it.
final class OutstandingRequests: Sendable {
    /// A request of a controller.
    struct ID: Hashable, Sendable {
        var origin: UInt64
        var request: UInt64
    }

    /// What becomes of a request that arrives for the first time.
    enum Admission: Hashable {
        case begun, alreadyKnown, tooMany
    }

    /// What is known of a request that is repeated.
    enum Knowledge: Hashable {
        case underWay
        case answered([LeaseResponse.Answer])
        case nothing
    }

    private struct Request: Sendable {
        var outcomes: [SubmissionOutcome?]
        var missing: Int
        /// Those whose outcomes were told before the last was there.
        var told: Set<Int> = []
    }

    private struct State: Sendable {
        /// Operations of all requests under way.
        var count = 0
        var requests: [ID: Request] = [:]
        /// Answers sent lately, for repeats that crossed them: two generations, so that the older can be forgotten.
        var answered: [ID: [LeaseResponse.Answer]] = [:]
        var answeredBefore: [ID: [LeaseResponse.Answer]] = [:]
        /// Answers in the younger generation.
        var answeredCount = 0

        func answers(of id: ID) -> [LeaseResponse.Answer]? { self.answered[id] ?? self.answeredBefore[id] }

        mutating func remember(_ answers: [LeaseResponse.Answer], of id: ID, limit: Int) {
            if self.answeredCount >= limit {
                self.answeredBefore = self.answered
                self.answered = [:]
                self.answeredCount = 0
            }
            self.answered[id] = answers
            self.answeredCount += max(answers.count, 1)
        }
    }

    private let limit: Int
    private let rememberedAnswers: Int
    private let state = NIOLockedValueBox(State())

    /// - Parameters:
    ///   - limit: operations under way at once.
    ///   - rememberedAnswers: answers kept at least, and twice that at most.
    init(limit: Int, rememberedAnswers: Int = 8_192) {
        self.limit = limit
        self.rememberedAnswers = rememberedAnswers
    }

    func begin(_ id: ID, count: Int) -> Admission {
        self.state.withLockedValue { state in
            guard state.requests[id] == nil, state.answers(of: id) == nil else { return .alreadyKnown }
            guard state.count + count <= self.limit else { return .tooMany }
            state.requests[id] = Request(outcomes: Array(repeating: nil, count: count), missing: count)
            state.count += count
            return .begun
        }
    }

    func knowledge(of id: ID) -> Knowledge {
        self.state.withLockedValue { state in
            if state.requests[id] != nil { return .underWay }
            return state.answers(of: id).map { .answered($0) } ?? .nothing
        }
    }

    /// The answers there are before all are: refusals at the door, which need not wait for what is committed.
    func early(_ id: ID) -> [LeaseResponse.Answer] {
        self.state.withLockedValue { state in
            guard var request = state.requests.removeValue(forKey: id) else { return [] }
            let answers = request.outcomes.enumerated().compactMap { slot, outcome in
                outcome.map { LeaseResponse.Answer(slot: slot, outcome: $0) }
            }
            request.told = Set(answers.map(\.slot))
            state.requests[id] = request
            return answers
        }
    }

    /// Notes some answers; returns those not told yet once the last was among them.
    func answer(_ id: ID, _ news: [SlotAnswer]) -> [LeaseResponse.Answer]? {
        self.state.withLockedValue { state in
            // Taken out while it changes, so that the array is not copied.
            guard var request = state.requests.removeValue(forKey: id) else { return nil }
            for answer in news { request.outcomes[answer.slot] = answer.outcome }
            request.missing -= news.count
            guard request.missing == 0 else {
                state.requests[id] = request
                return nil
            }
            state.count -= request.outcomes.count
            let answers = request.outcomes.enumerated().compactMap { slot, outcome in
                outcome.map { LeaseResponse.Answer(slot: slot, outcome: $0) }
            }
            state.remember(answers, of: id, limit: self.rememberedAnswers)
            return request.told.isEmpty ? answers : answers.filter { !request.told.contains($0.slot) }
        }
    }

    /// Notes the answers of a request that was never begun.
    func refused(_ id: ID, with answers: [LeaseResponse.Answer]) {
        self.state.withLockedValue { $0.remember(answers, of: id, limit: self.rememberedAnswers) }
    }
}
