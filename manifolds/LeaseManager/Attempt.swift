import AgentResources
import NIOConcurrencyHelpers

/// One try at bringing some requests to the leader, with the answers that came. Thread-safe.
final class Attempt: Sendable {
    private struct State: Sendable {
        var outcomes: [SubmissionOutcome?]
        var missing: Int
    }

    private let state: NIOLockedValueBox<State>
    private let end = OneShot<Void>()

    init(count: Int) {
        self.state = .init(State(outcomes: Array(repeating: nil, count: count), missing: count))
    }

    /// Notes an answer; only the first for a slot counts.
    func answer(_ slot: Int, _ outcome: SubmissionOutcome) {
        let isComplete = self.state.withLockedValue { state in
            guard state.outcomes.indices.contains(slot), state.outcomes[slot] == nil else { return false }
            state.outcomes[slot] = outcome
            state.missing -= 1
            return state.missing == 0
        }
        if isComplete { self.giveUp() }
    }

    /// Ends the wait; what has no answer by now has none.
    func giveUp() { self.end.fulfil(()) }

    /// The answers once all are there, or the attempt was given up or the task cancelled.
    func outcomes() async -> [SubmissionOutcome?] {
        await self.end.value(cancelled: ())
        return self.state.withLockedValue { $0.outcomes }
    }
}
