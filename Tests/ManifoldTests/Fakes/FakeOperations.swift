import AgentResources
import Leases
import NIOConcurrencyHelpers

/// Keeps what is submitted for the test to answer.
final class FakeOperations: Operations {
    private let submitted = NIOLockedValueBox<[Submission]>([])
    private let told = NIOLockedValueBox(OperationLoad())

    /// Everything submitted so far.
    var submissions: [Submission] { self.submitted.withLockedValue { $0 } }
    var count: Int { self.submitted.withLockedValue { $0.count } }

    /// The `index`th submission, once it is there.
    func submission(_ index: Int) async -> Submission {
        await eventually { self.count > index }
        return self.submissions[index]
    }

    func submit(_ submissions: [Submission]) { self.submitted.withLockedValue { $0 += submissions } }
    func attach(_ consumer: any OperationConsumer) {}
    func detach(_ consumer: any OperationConsumer) {}
    func needsOrder(for more: [Submission]) -> Bool { true }

    func seal(limit: Int, byteLimit: Int, now: Uptime) -> SealedSubmissions { SealedSubmissions() }
    func refuseAll(_ refusal: Refusal) {}
    var load: OperationLoad { self.told.withLockedValue { $0 } }
    func set(_ load: OperationLoad) { self.told.withLockedValue { $0 = load } }
    var statistics: OperationStatistics { OperationStatistics() }
}

extension Submission {
    /// The operation, when it is not a barrier.
    var operation: LeaseOperation? {
        if case .apply(let operation) = self.request { return operation }
        return nil
    }
}
