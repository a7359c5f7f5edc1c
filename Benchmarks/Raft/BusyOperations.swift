import AgentResources
import Leases
import NIOConcurrencyHelpers

/// An operation hub in which a full batch always waits, as under more load than can be served. Thread-safe.
final class BusyOperations: Operations {
    private struct State {
        var size = 0
        var next = 0
        var entries = 0
        var applied = 0
        var failed = 0
        var consumer: (any OperationConsumer)?
    }

    private let state = NIOLockedValueBox(State())
    /// What the replica says the time is, for the operations' `notAfter`.
    private let now: @Sendable () -> GlobalTime

    init(now: @escaping @Sendable () -> GlobalTime) { self.now = now }

    /// What was answered so far.
    var counts: (entries: Int, applied: Int, failed: Int) {
        self.state.withLockedValue { ($0.entries, $0.applied, $0.failed) }
    }

    /// From here on each batch has `size` operations; 0 stops.
    func load(_ size: Int) {
        let consumer = self.state.withLockedValue { state in
            state.size = size
            return state.consumer
        }
        consumer?.operationsAvailable()
    }

    func submit(_ submissions: [Submission]) {}

    func attach(_ consumer: any OperationConsumer) { self.state.withLockedValue { $0.consumer = consumer } }

    func detach(_ consumer: any OperationConsumer) { self.state.withLockedValue { $0.consumer = nil } }

    func refuseAll(_ refusal: Refusal) {}

    var load: OperationLoad { OperationLoad() }
    var statistics: OperationStatistics { OperationStatistics() }

    func needsOrder(for more: [Submission]) -> Bool { true }

    func seal(limit: Int, byteLimit: Int, now: Uptime) -> SealedSubmissions {
        let (first, size) = self.state.withLockedValue { state in
            defer {
                state.next += state.size
                state.entries += state.size > 0 ? 1 : 0
            }
            return (state.next, state.size)
        }
        let time = self.now()
        let submissions = (first..<first + size).map { number in
            Submission(request: .apply(.load(number: number, now: time)), deadline: now + .seconds(10)) {
                [state] outcome in
                state.withLockedValue { state in
                    if case .applied(.granted?, _) = outcome { state.applied += 1 } else { state.failed += 1 }
                }
            }
        }
        return SealedSubmissions(submissions: submissions)
    }
}

extension LeaseOperation {
    /// Claims each of ten thousand leases by its one holder, over and over: the first time it is granted, then extended.
    fileprivate static func load(number: Int, now: GlobalTime) -> LeaseOperation {
        LeaseOperation(
            id: OperationID(high: 2, low: UInt64(number)),
            notAfter: now.advanced(byMilliseconds: 1_000),
            command: .claim(
                LeaseKey(namespace: "benchmark", model: "model", name: "lease-\(number % 10_000)"),
                holder: "holder-\(number % 10_000)",
                milliseconds: 30_000
            )
        )
    }
}
