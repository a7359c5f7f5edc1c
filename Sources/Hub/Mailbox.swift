import NIOConcurrencyHelpers

/// A bounded queue with one waiting reader: what stands between a publisher, which never waits, and a subscriber.
final class Mailbox<Element: Sendable>: Sendable {
    private struct State: Sendable {
        var queue: BoundedQueue<Element>
        var reader: CheckedContinuation<Void, Never>?
        var isFinished = false

        mutating func takeReader() -> CheckedContinuation<Void, Never>? {
            defer { self.reader = nil }
            return self.reader
        }
    }

    private let state: NIOLockedValueBox<State>

    init(limits: QueueLimits) {
        self.state = .init(State(queue: BoundedQueue(limits: limits)))
    }

    func append(_ element: Element, bytes: Int) {
        let reader = self.state.withLockedValue { state -> CheckedContinuation<Void, Never>? in
            guard !state.isFinished else { return nil }
            state.queue.append(element, bytes: bytes)
            return state.takeReader()
        }
        reader?.resume()
    }

    /// Nothing is taken from here on; what is queued can still be read.
    func finish() {
        let reader = self.state.withLockedValue { state -> CheckedContinuation<Void, Never>? in
            state.isFinished = true
            return state.takeReader()
        }
        reader?.resume()
    }

    /// Up to `limit` messages, waiting for the first; empty once finished and drained, or when the task is cancelled.
    func next(_ limit: Int) async -> [Element] {
        precondition(limit > 0, "asking for no message would never end")
        while !Task.isCancelled {
            let (taken, isFinished) = self.state.withLockedValue { state in
                (state.queue.takeFirst(limit), state.isFinished)
            }
            if !taken.isEmpty { return taken }
            if isFinished { return [] }
            await self.waitForMessage()
        }
        return []
    }

    private func waitForMessage() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumeNow = self.state.withLockedValue { state -> Bool in
                    precondition(state.reader == nil, "a subscription has one reader")
                    // A cancellation that came before this has found no reader to wake.
                    guard state.queue.isEmpty, !state.isFinished, !Task.isCancelled else { return true }
                    state.reader = continuation
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        } onCancel: {
            self.state.withLockedValue { $0.takeReader() }?.resume()
        }
    }

    func counts() -> (queued: Int, queuedBytes: Int, delivered: UInt64, dropped: UInt64) {
        self.state.withLockedValue {
            ($0.queue.count, $0.queue.bytes, $0.queue.delivered, $0.queue.dropped)
        }
    }
}
