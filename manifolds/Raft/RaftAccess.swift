import AgentResources
import Consensus
import Leases
import NIOConcurrencyHelpers

/// Raft as the rest of the agent sees it. Thread-safe.
final class RaftAccess: Proposals {
    private let mailbox: RaftMailbox
    private let feed: StatusFeed
    private let feeds: EventFeeds
    private let lastID = NIOLockedValueBox<UInt64>(0)

    init(mailbox: RaftMailbox, status: StatusFeed, events: EventFeeds) {
        self.mailbox = mailbox
        self.feed = status
        self.feeds = events
    }

    var status: RaftStatus { self.feed.current }

    func statusChanges() -> AsyncStream<RaftStatus> { self.feed.changes() }

    func events() -> AsyncStream<LeaseEvents> { self.feeds.events() }

    func tickClock() { self.mailbox.post { $0.tickClock() } }

    func read<Value: Sendable>(_ body: @escaping @Sendable (borrowing LeaseState) -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let isPosted = self.mailbox.post { shell in
                continuation.resume(returning: body(shell.node.machine.state))
            }
            if !isPosted { continuation.resume(throwing: RaftError.stopping) }
        }
    }

    func applied(_ index: UInt64, deadline: Uptime) async throws {
        try Task.checkCancellation()
        guard self.feed.current.appliedIndex < index else { return }
        let id = self.lastID.withLockedValue { id in
            id += 1
            return id
        }
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
}
