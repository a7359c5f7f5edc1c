import AgentResources
import NIOConcurrencyHelpers

/// The newest status and whoever watches it. Thread-safe.
///
/// A watcher's cancellation runs `onTermination` under its task's own lock, and a yield wakes the task, which needs that
/// lock: so no yield may happen under a lock that `onTermination` takes, or the two wait for each other for ever.
final class StatusFeed: Sendable {
    private struct State {
        var status: RaftStatus
        var nextWatcher = 0
        var watchers: [Int: AsyncStream<RaftStatus>.Continuation] = [:]
        var isFinished = false
    }

    private let state: NIOLockedValueBox<State>
    /// Held over each change and its yields, so that all watchers see one order; never taken by `onTermination`.
    private let order = NIOLock()

    init(_ status: RaftStatus) { self.state = NIOLockedValueBox(State(status: status)) }

    var current: RaftStatus { self.state.withLockedValue { $0.status } }

    /// Replaces the status; watchers hear of it when it differs in more than indexes.
    func publish(_ status: RaftStatus) {
        self.order.withLock {
            let watchers = self.state.withLockedValue { state in
                let isVisible = status.differsVisibly(from: state.status)
                state.status = status
                return isVisible ? Array(state.watchers.values) : []
            }
            // Yielding only buffers and schedules; it never runs a watcher's code here.
            for watcher in watchers { watcher.yield(status) }
        }
    }

    func changes() -> AsyncStream<RaftStatus> {
        let (stream, continuation) = AsyncStream.makeStream(of: RaftStatus.self, bufferingPolicy: .bufferingNewest(1))
        self.order.withLock {
            let (status, watcher) = self.state.withLockedValue { state -> (RaftStatus, Int?) in
                guard !state.isFinished else { return (state.status, nil) }
                state.nextWatcher += 1
                state.watchers[state.nextWatcher] = continuation
                return (state.status, state.nextWatcher)
            }
            continuation.yield(status)
            guard let watcher else { return continuation.finish() }
            continuation.onTermination = { [weak self] _ in
                self?.state.withLockedValue { _ = $0.watchers.removeValue(forKey: watcher) }
            }
        }
        return stream
    }

    /// Ends every stream: there will be no more changes.
    func finish() {
        let watchers = self.state.withLockedValue { state in
            state.isFinished = true
            defer { state.watchers = [:] }
            return state.watchers
        }
        for watcher in watchers.values { watcher.finish() }
    }
}

extension RaftStatus {
    fileprivate func differsVisibly(from other: RaftStatus) -> Bool {
        self.role != other.role || self.term != other.term || self.leader != other.leader
            || self.isServing != other.isServing
    }
}
