import AgentResources
import Leases
import NIOConcurrencyHelpers

/// A Raft that is whatever a test says it is.
struct FakeProposals: Proposals {
    var status: RaftStatus
    /// The global time of the state there is to read.
    var globalTime = GlobalTime.zero

    var statistics: RaftStatistics { RaftStatistics(status: self.status) }
    func statusChanges() -> AsyncStream<RaftStatus> { AsyncStream { $0.finish() } }
    func read<Value>(_ body: (borrowing LeaseState) throws -> Value) rethrows -> Value {
        var state = LeaseState()
        _ = state.applyByRules(LeaseBatch(clock: self.globalTime, operations: []))
        return try body(state)
    }
    func whenApplied(_ index: UInt64, deadline: Uptime, _ body: @escaping @Sendable (Bool) -> Void) { body(true) }
    func applied(_ index: UInt64, deadline: Uptime) async throws {}
    func events() -> AsyncStream<LeaseEvents> { AsyncStream { $0.finish() } }
    func tickClock() {}

    static func leading(id: UInt64 = 1, globalTime: GlobalTime = .zero) -> FakeProposals {
        FakeProposals(
            status: RaftStatus(
                id: id,
                role: .leader,
                term: 3,
                commitIndex: 12,
                appliedIndex: 11,
                leader: Leader(id: id, address: "127.0.0.1:17070"),
                isServing: true
            ),
            globalTime: globalTime
        )
    }
}

/// An engine that remembers what it was asked.
final class FakeEngine: EngineAccess {
    struct Asked: Equatable {
        var method: String
        var parameters: String
    }

    private let state = NIOLockedValueBox<[Asked]>([])
    private let answer: Result<String, EngineAccessError>

    init(_ answer: Result<String, EngineAccessError> = .success(#"{"workers":[]}"#)) { self.answer = answer }

    var asked: [Asked] { self.state.withLockedValue { $0 } }

    func call(_ method: String, parameters: [UInt8]) async throws(EngineAccessError) -> [UInt8] {
        let asked = Asked(method: method, parameters: String(decoding: parameters, as: UTF8.self))
        self.state.withLockedValue { $0.append(asked) }
        return Array(try self.answer.get().utf8)
    }
}

/// A hub nobody uses.
struct FakeOperations: Operations {
    func submit(_ submissions: [Submission]) {}
    func attach(_ consumer: any OperationConsumer) {}
    func detach(_ consumer: any OperationConsumer) {}
    func needsOrder(for more: [Submission]) -> Bool { true }

    func seal(limit: Int, byteLimit: Int, now: Uptime) -> SealedSubmissions { SealedSubmissions() }
    var load: OperationLoad { OperationLoad() }
    var statistics: OperationStatistics { OperationStatistics() }
    func refuseAll(_ refusal: Refusal) {}
}
