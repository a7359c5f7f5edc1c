/// Somebody who waits for some manifolds to be ready together.
struct ReadyWaiter {
    var names: [String]
    var continuation: CheckedContinuation<Void, any Error>
}

extension Engine {
    /// Returns once nothing is starting, stopping or inside a settle window; throws on cancellation.
    ///
    /// A manifold that waits for its next attempt, for an input or to be resumed is settled, and so is a worker that has
    /// not said it is ready.
    public func settled() async throws {
        if self.isSettled { return }
        let id = self.newWaiter()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else {
                    self.settledWaiters[id] = continuation
                }
            }
        } onCancel: {
            Task { await self.cancelWaiter(id) }
        }
    }

    /// Returns once all of these are ready at the same time; throws on cancellation, and when the engine has ended.
    public func ready(_ names: [String]) async throws {
        if self.areReady(names) { return }
        let id = self.newWaiter()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else if self.machine.state == .stopped {
                    continuation.resume(throwing: EngineError.ended)
                } else {
                    self.readyWaiters[id] = ReadyWaiter(names: names, continuation: continuation)
                }
            }
        } onCancel: {
            Task { await self.cancelWaiter(id) }
        }
    }

    // Fields, as everywhere on the hot path: a computed property of the machine may be called with a copy of it all.
    var isSettled: Bool { self.machine.state != .idle && self.machine.moving == 0 }

    private func areReady(_ names: [String]) -> Bool {
        names.allSatisfy { name in self.machine.ids[name].map { self.machine.nodes[$0].isOffered } ?? false }
    }

    private func newWaiter() -> UInt64 {
        self.nextWaiter += 1
        return self.nextWaiter
    }

    private func cancelWaiter(_ id: UInt64) {
        self.settledWaiters.removeValue(forKey: id)?.resume(throwing: CancellationError())
        self.readyWaiters.removeValue(forKey: id)?.continuation.resume(throwing: CancellationError())
    }

    /// Called after each transition; costs nothing while nobody waits.
    func wakeWaiters() {
        if !self.settledWaiters.isEmpty && self.isSettled {
            let waiters = self.settledWaiters.values
            self.settledWaiters = [:]
            for waiter in waiters { waiter.resume() }
        }
        if !self.drainWaiters.isEmpty && self.machine.hasDrained {
            let waiters = self.drainWaiters
            self.drainWaiters = []
            for waiter in waiters { waiter.resume() }
        }
        guard !self.readyWaiters.isEmpty else { return }
        for (id, waiter) in self.readyWaiters {
            if self.areReady(waiter.names) {
                self.readyWaiters.removeValue(forKey: id)
                waiter.continuation.resume()
            } else if self.machine.state == .stopped {
                self.readyWaiters.removeValue(forKey: id)
                waiter.continuation.resume(throwing: EngineError.ended)
            }
        }
    }
}
