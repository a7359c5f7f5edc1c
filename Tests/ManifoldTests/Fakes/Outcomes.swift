import AgentResources
import Leases
import NIOConcurrencyHelpers

/// Collects replies, so that a test sees how many came and what they say.
final class Outcomes: Sendable {
    private let outcomes = NIOLockedValueBox<[SubmissionOutcome]>([])

    var all: [SubmissionOutcome] { self.outcomes.withLockedValue { $0 } }
    var count: Int { self.outcomes.withLockedValue { $0.count } }

    func append(_ outcome: SubmissionOutcome) { self.outcomes.withLockedValue { $0.append(outcome) } }
}

/// A number tests count with from any thread.
final class Counter: Sendable {
    private let number = NIOLockedValueBox(0)

    var value: Int { self.number.withLockedValue { $0 } }
    func add(_ amount: Int = 1) { self.number.withLockedValue { $0 += amount } }
}

func key(_ name: String, namespace: String = "lease") -> LeaseKey {
    LeaseKey(namespace: namespace, model: "model", name: name)
}

func id(_ number: UInt64) -> OperationID { OperationID(high: 0, low: number) }

func claim(_ name: String, by holder: String = "a", for milliseconds: UInt64 = 30_000) -> LeaseCommand {
    .claim(key(name), holder: holder, milliseconds: milliseconds)
}

func extend(_ name: String, by holder: String = "a", for milliseconds: UInt64 = 30_000) -> LeaseCommand {
    .extend(key(name), holder: holder, milliseconds: milliseconds)
}

func operation(_ command: LeaseCommand, id number: UInt64 = 1, notAfter: UInt64 = 100_000) -> LeaseOperation {
    LeaseOperation(id: id(number), notAfter: GlobalTime(milliseconds: notAfter), command: command)
}

let granted = OperationResult.granted(
    Grant(holder: "a", token: FencingToken(1), remainingMilliseconds: 30_000)
)
