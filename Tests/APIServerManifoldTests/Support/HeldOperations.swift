import AgentResources
import Leases
import NIOConcurrencyHelpers

/// Keeps what is submitted for the test to answer, but for what it refuses at the door.
final class HeldOperations: Operations {
    private struct State: Sendable {
        var held: [Submission] = []
        var submitted = 0
    }

    private let state = NIOLockedValueBox(State())
    private let isRefused: @Sendable (Submission) -> Bool
    let load = OperationLoad(claimRetryAfterMilliseconds: 40, extendLevel: 100, stretchPercent: 150)

    init(refusing isRefused: @escaping @Sendable (Submission) -> Bool = { _ in false }) { self.isRefused = isRefused }

    var held: [Submission] { self.state.withLockedValue { $0.held } }
    var submitted: Int { self.state.withLockedValue { $0.submitted } }

    /// The held ones, once there are so many.
    func held(_ count: Int) async -> [Submission] {
        while self.held.count < count, !Task.isCancelled { await Task.yield() }
        return self.held
    }

    func submit(_ submissions: [Submission]) {
        self.state.withLockedValue { $0.submitted += submissions.count }
        for submission in submissions {
            if self.isRefused(submission) {
                submission.reply(.never(Refusal(.overloaded, retryAfterMilliseconds: 40)))
            } else {
                self.state.withLockedValue { $0.held.append(submission) }
            }
        }
    }

    func attach(_ consumer: any OperationConsumer) {}
    func detach(_ consumer: any OperationConsumer) {}
    func needsOrder(for more: [Submission]) -> Bool { true }

    func seal(limit: Int, byteLimit: Int, now: Uptime) -> SealedSubmissions { SealedSubmissions() }
    func refuseAll(_ refusal: Refusal) {}
    var statistics: OperationStatistics { OperationStatistics() }
}
