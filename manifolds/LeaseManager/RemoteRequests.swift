import AgentResources
import Hub
import NIOConcurrencyHelpers

/// Requests on their way to another controller by the hub, each with the attempt that waits for its answers.
///
/// All answers come on this controller's one callback topic and are matched by request id; answers nobody waits for any
/// more are dropped. Thread-safe.
final class RemoteRequests: Sendable {
    private struct Request: Sendable {
        var attempt: Attempt
        /// The attempt's slot of the request's first operation.
        var firstSlot: Int
        var count: Int
        var leader: UInt64
        /// Slots without an answer.
        var missing: Set<Int>
    }

    private struct State: Sendable {
        var nextID: UInt64
        var requests: [UInt64: Request] = [:]
    }

    private let state: NIOLockedValueBox<State>

    /// - Parameter firstID: random, so that answers to an earlier life of this controller match nothing.
    init(firstID: UInt64) { self.state = .init(State(nextID: firstID)) }

    /// Requests waiting for answers.
    var count: Int { self.state.withLockedValue { $0.requests.count } }

    /// Notes a request to `leader` and names it.
    func begin(_ attempt: Attempt, firstSlot: Int, count: Int, leader: UInt64) -> UInt64 {
        self.state.withLockedValue { state in
            let id = state.nextID
            state.nextID &+= 1
            state.requests[id] = Request(
                attempt: attempt,
                firstSlot: firstSlot,
                count: count,
                leader: leader,
                missing: Set(0..<count)
            )
            return id
        }
    }

    func isWaiting(_ id: UInt64) -> Bool { self.state.withLockedValue { $0.requests[id] != nil } }

    func end(_ ids: [UInt64]) {
        self.state.withLockedValue { state in
            for id in ids { state.requests[id] = nil }
        }
    }

    /// Brings an answer to its attempt.
    func receive(_ message: HubMessage<LeaseResponse>) {
        let response = message.payload
        let request = self.state.withLockedValue { state -> Request? in
            // Taken out while it changes, so that the set is not copied. Only the controller that was asked can know.
            guard var request = state.requests.removeValue(forKey: response.id) else { return nil }
            guard request.leader == message.origin else {
                state.requests[response.id] = request
                return nil
            }
            for answer in response.answers { request.missing.remove(answer.slot) }
            if !request.missing.isEmpty { state.requests[response.id] = request }
            return request
        }
        guard let request else { return }
        // The leader does not know it: it was lost, or who knew it has stopped. Either way no answer will come.
        if response.answers.isEmpty { return request.attempt.giveUp() }
        for answer in response.answers where (0..<request.count).contains(answer.slot) {
            request.attempt.answer(request.firstSlot + answer.slot, answer.outcome)
        }
    }

    /// Gives up the attempts whose requests went to anyone but `leader`: their answers may never come.
    func giveUp(exceptTo leader: UInt64?) {
        let stale = self.state.withLockedValue { state in
            state.requests.values.filter { $0.leader != leader }.map(\.attempt)
        }
        for attempt in stale { attempt.giveUp() }
    }

    /// Gives up all.
    func giveUpAll() {
        let all = self.state.withLockedValue { $0.requests.values.map(\.attempt) }
        for attempt in all { attempt.giveUp() }
    }
}
