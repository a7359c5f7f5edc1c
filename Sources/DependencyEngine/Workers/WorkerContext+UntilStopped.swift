extension WorkerContext {
    /// Runs `body` until it ends or the engine asks the worker to stop, and cancels it then; returns once it has ended.
    ///
    /// For work that hears of its end by cancellation: a loop that sleeps or reads, a client that waits. Throws what `body`
    /// throws, except that a cancelled body has simply ended.
    public func untilStopped(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let stop = self.stop
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask { await stop.wait() }
            defer { group.cancelAll() }
            try await group.next()
            group.cancelAll()
            do {
                try await group.waitForAll()
            } catch is CancellationError {
                // The body's way of saying that it was told to end.
            }
        }
    }
}
