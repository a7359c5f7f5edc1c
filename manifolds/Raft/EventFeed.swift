import AgentResources
import NIOConcurrencyHelpers
import NIOCore

/// One reader's lease events: bounded, and honest about what was dropped. Thread-safe.
///
/// An `AsyncStream`'s own buffer cannot say that its oldest elements went.
final class EventFeed: Sendable {
    private struct State {
        var buffer: CircularBuffer<LeaseEvents> = []
        var waiter: CheckedContinuation<LeaseEvents?, Never>?
        var isFinished = false
    }

    private let limit: Int
    private let state = NIOLockedValueBox(State())

    init(limit: Int) { self.limit = limit }

    /// Adds the events of one entry; the oldest go when the reader is too slow.
    func push(_ events: LeaseEvents) {
        let waiter = self.state.withLockedValue { state -> CheckedContinuation<LeaseEvents?, Never>? in
            guard !state.isFinished else { return nil }
            if let waiter = state.waiter {
                state.waiter = nil
                return waiter
            }
            state.buffer.append(events)
            if state.buffer.count > self.limit {
                state.buffer.removeFirst()
                state.buffer[state.buffer.startIndex].gap = true
            }
            return nil
        }
        waiter?.resume(returning: events)
    }

    /// The next events; `nil` at the end, or when the reader's task is cancelled.
    func next() async -> LeaseEvents? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = self.state.withLockedValue { state -> LeaseEvents?? in
                    if let first = state.buffer.popFirst() { return .some(first) }
                    if state.isFinished || state.waiter != nil { return .some(nil) }
                    state.waiter = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            self.finish()
        }
    }

    /// No more will come; what is buffered can still be read.
    func finish() {
        let waiter = self.state.withLockedValue { state in
            state.isFinished = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }
}

/// All readers of lease events. Thread-safe.
final class EventFeeds: Sendable {
    private struct Reader {
        weak var feed: EventFeed?
    }

    private static let limit = 1024
    private let readers = NIOLockedValueBox<[Reader]?>([])

    /// A stream of its own for each caller; it ends with the worker.
    func events() -> AsyncStream<LeaseEvents> {
        let feed = EventFeed(limit: Self.limit)
        let isOpen = self.readers.withLockedValue { readers -> Bool in
            guard readers != nil else { return false }
            readers?.removeAll { $0.feed == nil }
            readers?.append(Reader(feed: feed))
            return true
        }
        if !isOpen { feed.finish() }
        return AsyncStream { await feed.next() }
    }

    func publish(_ events: LeaseEvents) {
        let feeds = self.readers.withLockedValue { ($0 ?? []).compactMap(\.feed) }
        for feed in feeds { feed.push(events) }
    }

    func finish() {
        let feeds = self.readers.withLockedValue { readers in
            defer { readers = nil }
            return (readers ?? []).compactMap(\.feed)
        }
        for feed in feeds { feed.finish() }
    }
}
