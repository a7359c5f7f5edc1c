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

    private struct State {
        /// `nil` once no more events come.
        var readers: [Reader]? = []
        /// The newest entry that was published, or had no events.
        var last: UInt64 = 0
    }

    private static let limit = 1024
    private let state = NIOLockedValueBox(State())

    /// A stream of its own for each caller; it ends with the worker.
    ///
    /// Its first element has no events and says from which entry on nothing is missing: events up to that one may have
    /// gone by before.
    func events() -> AsyncStream<LeaseEvents> {
        let feed = EventFeed(limit: Self.limit)
        let isOpen = self.state.withLockedValue { state -> Bool in
            guard state.readers != nil else { return false }
            state.readers?.removeAll { $0.feed == nil }
            state.readers?.append(Reader(feed: feed))
            // Nobody reads it yet, so nobody is resumed under the lock.
            feed.push(LeaseEvents(index: state.last, events: [], gap: true))
            return true
        }
        if !isOpen { feed.finish() }
        return AsyncStream { await feed.next() }
    }

    /// Notes that everything up to `index` is applied, whose events, if any, were published.
    func note(_ index: UInt64) {
        self.state.withLockedValue { $0.last = max($0.last, index) }
    }

    func publish(_ events: LeaseEvents) {
        let feeds = self.state.withLockedValue { state in
            state.last = max(state.last, events.index)
            return (state.readers ?? []).compactMap(\.feed)
        }
        for feed in feeds { feed.push(events) }
    }

    func finish() {
        let feeds = self.state.withLockedValue { state in
            defer { state.readers = nil }
            return (state.readers ?? []).compactMap(\.feed)
        }
        for feed in feeds { feed.finish() }
    }
}
