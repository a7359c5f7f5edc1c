import AgentResources
import Leases
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// An operation hub without limits.
final class TestOperations: Operations {
    private struct State {
        var queue: [Submission] = []
        var consumer: (any OperationConsumer)?
    }

    private let state = NIOLockedValueBox(State())

    var hasConsumer: Bool { self.state.withLockedValue { $0.consumer != nil } }

    func submit(_ submissions: [Submission]) {
        let consumer = self.state.withLockedValue { state in
            let wasEmpty = state.queue.isEmpty
            state.queue += submissions
            return wasEmpty ? state.consumer : nil
        }
        consumer?.operationsAvailable()
    }

    func attach(_ consumer: any OperationConsumer) {
        let isEmpty = self.state.withLockedValue { state in
            state.consumer = consumer
            return state.queue.isEmpty
        }
        if !isEmpty { consumer.operationsAvailable() }
    }

    func detach(_ consumer: any OperationConsumer) {
        self.state.withLockedValue { if $0.consumer === consumer { $0.consumer = nil } }
    }

    var load: OperationLoad { OperationLoad() }
    var statistics: OperationStatistics { OperationStatistics() }

    func needsOrder(for more: [Submission]) -> Bool { true }

    func seal(limit: Int, byteLimit: Int, now: Uptime) -> SealedSubmissions {
        self.state.withLockedValue { state in
            defer { state.queue.removeFirst(min(limit, state.queue.count)) }
            return SealedSubmissions(submissions: Array(state.queue.prefix(limit)))
        }
    }

    func refuseAll(_ refusal: Refusal) {
        let all = self.state.withLockedValue { state in
            defer { state.queue = [] }
            return state.queue
        }
        for submission in all { submission.reply(.never(refusal)) }
    }

    /// Submits one request and waits for its answer, as long as a hub would: then it is unknown, to be asked again.
    func perform(_ request: Submission.Request) async -> SubmissionOutcome {
        let (answers, answer) = AsyncStream.makeStream(of: SubmissionOutcome.self, bufferingPolicy: .bufferingOldest(1))
        self.submit([Submission(request: request, deadline: .sinceBoot() + .seconds(30)) { answer.yield($0) }])
        let deadline = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: .seconds(5)) {
            answer.yield(.unknown(Refusal(.deadlineExceeded)))
        }
        defer { deadline.cancel() }
        for await outcome in answers { return outcome }
        return .unknown(Refusal(.stopping))
    }
}
