import AgentResources
import Consensus
import Leases
import NIOConcurrencyHelpers
import Synchronization

/// Raft as the rest of the agent sees it. Thread-safe.
final class RaftAccess: Proposals {
    private let mailbox: RaftMailbox
    private let feed: StatusFeed
    private let feeds: EventFeeds
    private let replica: LeaseReplica
    private let meter: RaftMeter
    private let lastID = Atomic<UInt64>(0)

    init(mailbox: RaftMailbox, replica: LeaseReplica, meter: RaftMeter, status: StatusFeed, events: EventFeeds) {
        self.replica = replica
        self.meter = meter
        self.mailbox = mailbox
        self.feed = status
        self.feeds = events
    }

    var status: RaftStatus { self.feed.current }

    var statistics: RaftStatistics { self.meter.statistics(self.status, self.replica, now: .sinceBoot()) }

    func statusChanges() -> AsyncStream<RaftStatus> { self.feed.changes() }

    func events() -> AsyncStream<LeaseEvents> { self.feeds.events() }

    func tickClock() { self.mailbox.post { $0.tickClock() } }

    var globalTime: GlobalTime { self.replica.globalTime }

    func read<Value>(_ body: (borrowing LeaseState) throws -> Value) rethrows -> Value { try self.replica.read(body) }

    func whenApplied(_ index: UInt64, deadline: Uptime, _ body: @escaping @Sendable (Bool) -> Void) {
        guard self.feed.current.appliedIndex < index else { return body(true) }
        let id = self.nextID()
        let isPosted = self.mailbox.post { shell in
            shell.wait(id: id, for: index, deadline: deadline) { result in
                if case .success = result { body(true) } else { body(false) }
            }
        }
        if !isPosted { body(false) }
    }

    func applied(_ index: UInt64, deadline: Uptime) async throws {
        try Task.checkCancellation()
        guard self.feed.current.appliedIndex < index else { return }
        let id = self.nextID()
        let isCancelled = NIOLockedValueBox(false)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let isPosted = self.mailbox.post { shell in
                    guard !isCancelled.withLockedValue({ $0 }) else {
                        return continuation.resume(throwing: CancellationError())
                    }
                    shell.wait(id: id, for: index, deadline: deadline) { result in
                        continuation.resume(with: result.mapError { $0 as any Error })
                    }
                }
                if !isPosted { continuation.resume(throwing: RaftError.stopping) }
            }
            try Task.checkCancellation()
        } onCancel: {
            // Whichever is posted first: a wait that comes later sees the flag, one that came before is found.
            isCancelled.withLockedValue { $0 = true }
            self.mailbox.post { $0.waiters.fail(id, .stopping) }
        }
    }

    private func nextID() -> UInt64 { self.lastID.wrappingAdd(1, ordering: .relaxed).newValue }
}
