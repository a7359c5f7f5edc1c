import AgentResources
import Leases
import NIOConcurrencyHelpers

/// Raft as the test says it is.
final class FakeRaft: Proposals {
    struct Stopped: Error {}

    private struct State: Sendable {
        var status: RaftStatus
        var machine = LeaseState()
        var statusReaders: [CountedStream<RaftStatus>] = []
        var eventReaders: [CountedStream<LeaseEvents>] = []
        var ticks = 0
        var reads = 0
        var lastRead: Any.Type = Never.self
        var waiters: [(index: UInt64, body: @Sendable (Bool) -> Void)] = []
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
        let (results, entry, readers, waiters) = self.state.withLockedValue { state in
            let clock = clock.map { GlobalTime(milliseconds: $0) } ?? state.machine.globalTime
            let (results, events) = state.machine.applyByRules(LeaseBatch(clock: clock, operations: operations))
            state.status.appliedIndex += 1
            let index = state.status.appliedIndex
            let waiters = state.waiters.filter { $0.index <= index }
            state.waiters.removeAll { $0.index <= index }
            return (results, LeaseEvents(index: index, events: events, gap: false), state.eventReaders, waiters)
        }
        for waiter in waiters { waiter.body(true) }
        if tells { for reader in readers { reader.yield(entry) } }
        return results
    }

    func tellGap() {
        let (index, readers) = self.state.withLockedValue { ($0.status.appliedIndex, $0.eventReaders) }
        for reader in readers { reader.yield(LeaseEvents(index: index, events: [], gap: true)) }
    }

    func stop() {
        let (statusReaders, eventReaders, waiters) = self.state.withLockedValue { state in
            state.isStopped = true
            defer { state.waiters = [] }
            return (state.statusReaders, state.eventReaders, state.waiters)
        }
        for waiter in waiters { waiter.body(false) }
        for reader in statusReaders { reader.finish() }
        for reader in eventReaders { reader.finish() }
    }

    var ticks: Int { self.state.withLockedValue { $0.ticks } }
    /// What the last read took away.
    var lastRead: Any.Type { self.state.withLockedValue { $0.lastRead } }
    var reads: Int { self.state.withLockedValue { $0.reads } }
    var followers: Int { self.state.withLockedValue { min($0.statusReaders.count, $0.eventReaders.count) } }
    /// Whether all readers have dealt with all they were told.
    var isHeard: Bool {
        self.state.withLockedValue { state in
            state.statusReaders.allSatisfy(\.isConsumed) && state.eventReaders.allSatisfy(\.isConsumed)
        }
    }
    var watchers: Int { self.state.withLockedValue { $0.statusReaders.count } }

    // MARK: Proposals

    var status: RaftStatus { self.state.withLockedValue { $0.status } }

    var statistics: RaftStatistics { RaftStatistics(status: self.status) }
    func statusChanges() -> AsyncStream<RaftStatus> {
        let reader = CountedStream<RaftStatus>()
        self.state.withLockedValue { state in
            reader.yield(state.status)
            state.statusReaders.append(reader)
        }
        return reader.stream
    }

    func read<Value>(_ body: (borrowing LeaseState) throws -> Value) rethrows -> Value {
        try self.state.withLockedValue { state in
            state.reads += 1
            state.lastRead = Value.self
            return try body(state.machine)
        }
    }

    var globalTime: GlobalTime { self.state.withLockedValue { $0.machine.globalTime } }

    /// The deadline is not looked at: a test that wants it to pass stops this Raft.
    func whenApplied(_ index: UInt64, deadline: Uptime, _ body: @escaping @Sendable (Bool) -> Void) {
        let answer = self.state.withLockedValue { state -> Bool? in
            if state.status.appliedIndex >= index { return true }
            if state.isStopped { return false }
            state.waiters.append((index, body))
            return nil
        }
        if let answer { body(answer) }
    }

    func applied(_ index: UInt64, deadline: Uptime) async throws {
        while self.status.appliedIndex < index {
            try Task.checkCancellation()
            guard !self.state.withLockedValue({ $0.isStopped }) else { throw Stopped() }
            await Task.yield()
        }
    }

    func events() -> AsyncStream<LeaseEvents> {
        let reader = CountedStream<LeaseEvents>()
        self.state.withLockedValue { state in
            reader.yield(LeaseEvents(index: state.status.appliedIndex, events: [], gap: true))
            state.eventReaders.append(reader)
        }
        return reader.stream
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
