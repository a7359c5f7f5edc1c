import AgentResources
import NIOConcurrencyHelpers

extension LeaseManagerWorker {
    func watch(_ query: WatchQuery, timeout: Duration) async throws -> WatchAnswer {
        try Task.checkCancellation()
        let deadline = self.now + min(max(timeout, .zero), Self.longestTimeout)
        let watcher = NIOLockedValueBox<UInt64?>(nil)
        let timer = NIOLockedValueBox<Timers.ID?>(nil)
        defer { if let timer = timer.withLockedValue({ $0 }) { self.timers.cancel(timer) } }
        do {
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    guard let id = self.watchers.add(query, { continuation.resume(with: $0) }) else { return }
                    watcher.withLockedValue { $0 = id }
                    let due = self.timers.schedule(at: deadline) {
                        self.watchers.end(id, model: query.model, isTimeout: true)
                    }
                    timer.withLockedValue { $0 = due }
                    // A cancellation before this found nobody to take out.
                    if Task.isCancelled { self.watchers.end(id, model: query.model, isTimeout: false) }
                }
            } onCancel: {
                guard let id = watcher.withLockedValue({ $0 }) else { return }
                self.watchers.end(id, model: query.model, isTimeout: false)
            }
        } catch {
            try Task.checkCancellation()
            throw error
        }
    }
}
