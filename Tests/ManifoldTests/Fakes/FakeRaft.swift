import AgentResources
import Leases
import NIOConcurrencyHelpers

/// Raft as the test says it is.
final class FakeRaft: Proposals {
    struct Stopped: Error {}

    private struct State: Sendable {
        var status: RaftStatus
        var machine = LeaseState()
        var statusReaders: [AsyncStream<RaftStatus>.Continuation] = []
        var eventReaders: [AsyncStream<LeaseEvents>.Continuation] = []
        var ticks = 0
        var reads = 0
        var lastRead: Any.Type = Never.self
        var failsReads = false
        var failedReads = 0
        var isStopped = false
    }

    private let state: NIOLockedValueBox<State>

    init(id: UInt64 = 1, leader: UInt64? = nil, term: UInt64 = 1, isServing: Bool = true) {
        self.state = .init(State(status: .of(id, leader: leader, term: term, isServing: isServing)))
    }

    // MARK: What the test does

    func lead(by leader: UInt64?, term: UInt64, isServing: Bool = true) {
        self.set(.of(self.status.id, leader: leader, term: term, isServing: isServing))
    }

    func set(_ status: RaftStatus) {
        let readers = self.state.withLockedValue { state in
            var status = status
            status.appliedIndex = state.status.appliedIndex
            state.status = status
            return state.statusReaders
        }
        for reader in readers { reader.yield(status) }
    }

    /// Applies operations as one entry and tells the readers of events.
    @discardableResult
    func apply(_ operations: [LeaseOperation] = [], clock: UInt64? = nil, tells: Bool = true) -> [OperationResult] {
        let (results, entry, readers) = self.state.withLockedValue { state in
            let clock = clock.map { GlobalTime(milliseconds: $0) } ?? state.machine.globalTime
            let (results, events) = state.machine.apply(LeaseBatch(clock: clock, operations: operations))
            state.status.appliedIndex += 1
            return (
                results, LeaseEvents(index: state.status.appliedIndex, events: events, gap: false), state.eventReaders
            )
        }
        if tells { for reader in readers { reader.yield(entry) } }
        return results
    }

    /// Makes reads fail for a while although Raft runs.
    func failReads(_ fails: Bool) { self.state.withLockedValue { $0.failsReads = fails } }

    func tellGap() {
        let (index, readers) = self.state.withLockedValue { ($0.status.appliedIndex, $0.eventReaders) }
        for reader in readers { reader.yield(LeaseEvents(index: index, events: [], gap: true)) }
    }

    func stop() {
        let (statusReaders, eventReaders) = self.state.withLockedValue { state in
            state.isStopped = true
            return (state.statusReaders, state.eventReaders)
        }
        for reader in statusReaders { reader.finish() }
        for reader in eventReaders { reader.finish() }
    }

    var ticks: Int { self.state.withLockedValue { $0.ticks } }
    var failedReads: Int { self.state.withLockedValue { $0.failedReads } }
    /// What the last read took away.
    var lastRead: Any.Type { self.state.withLockedValue { $0.lastRead } }
    var reads: Int { self.state.withLockedValue { $0.reads } }
    var followers: Int { self.state.withLockedValue { min($0.statusReaders.count, $0.eventReaders.count) } }
    var watchers: Int { self.state.withLockedValue { $0.statusReaders.count } }

    // MARK: Proposals

    var status: RaftStatus { self.state.withLockedValue { $0.status } }

    func statusChanges() -> AsyncStream<RaftStatus> {
        let (stream, continuation) = AsyncStream.makeStream(of: RaftStatus.self)
        self.state.withLockedValue { state in
            continuation.yield(state.status)
            state.statusReaders.append(continuation)
        }
        return stream
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (borrowing LeaseState) -> Value) async throws -> Value {
        try self.state.withLockedValue { state in
            guard !state.isStopped else { throw Stopped() }
            if state.failsReads {
                state.failedReads += 1
                throw Stopped()
            }
            state.reads += 1
            state.lastRead = Value.self
            return body(state.machine)
        }
    }

    func applied(_ index: UInt64, deadline: Uptime) async throws {
        while self.status.appliedIndex < index {
            try Task.checkCancellation()
            guard !self.state.withLockedValue({ $0.isStopped }) else { throw Stopped() }
            await Task.yield()
        }
    }

    func events() -> AsyncStream<LeaseEvents> {
        let (stream, continuation) = AsyncStream.makeStream(of: LeaseEvents.self)
        self.state.withLockedValue { $0.eventReaders.append(continuation) }
        return stream
    }

    func tickClock() { self.state.withLockedValue { $0.ticks += 1 } }
}

extension RaftStatus {
    static func of(_ id: UInt64, leader: UInt64?, term: UInt64, isServing: Bool) -> RaftStatus {
        RaftStatus(
            id: id,
            role: leader == id ? .leader : leader == nil ? .candidate : .follower,
            term: term,
            commitIndex: 0,
            appliedIndex: 0,
            leader: leader.map { Leader(id: $0, address: "controller-\($0):17070") },
            isServing: leader == id && isServing
        )
    }
}
