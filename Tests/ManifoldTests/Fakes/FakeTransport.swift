import AgentResources
import NIOConcurrencyHelpers

/// Keeps what is carried for the test to answer.
final class FakeTransport: LeaseTransport {
    /// What is on its way, and to whom.
    struct Item: Sendable {
        var leader: Leader
        var submission: Submission
    }

    private let items = NIOLockedValueBox<[Item]>([])
    private let told = NIOLockedValueBox(OperationLoad())

    var carried: [Item] { self.items.withLockedValue { $0 } }
    var count: Int { self.carried.count }

    /// The `index`th submission, once it is there.
    func item(_ index: Int) async -> Item {
        await eventually { self.count > index }
        return self.carried[index]
    }

    func set(_ load: OperationLoad) { self.told.withLockedValue { $0 = load } }

    func carry(_ submissions: [Submission], to leader: Leader) {
        self.items.withLockedValue { items in items += submissions.map { Item(leader: leader, submission: $0) } }
    }

    var load: OperationLoad { self.told.withLockedValue { $0 } }
    var statistics: LeaseTransportStatistics { LeaseTransportStatistics() }
}
