/// No try of a probe succeeded in its time.
private struct ProbeTooSlow: Error, CustomStringConvertible {
    let limit: Duration
    var description: String { "no answer within \(self.limit)" }
}

extension WorkerHandle {
    /// A try may take this long, or as long as the pause between two if that is longer; then it is cancelled.
    private static let shortestLimit = Duration.seconds(1)
    /// However short the declared pause: a probe that throws at once must not keep a core busy.
    private static let shortestPause = Duration.milliseconds(1)

    /// Tries the probe until it passes or the worker is asked to stop, ends or fails.
    func startProbe(_ started: Manifold.Started, every pause: Duration) {
        guard let probe = started.probe else { return self.becomeReady(started.output) }
        // Not detached: its lines are the worker's.
        let task = Task(name: self.taskName) {
            await self.tryUntilReady(probe, every: max(pause, Self.shortestPause), output: started.output)
        }
        let isUnwanted = self.stop.state.withLock { state -> Bool in
            if case .over = state.stage { return true }
            if state.phase == .stopping { return true }
            var extras = state.extras ?? WorkerExtras()
            extras.probe = task
            state.extras = extras
            return false
        }
        if isUnwanted { task.cancel() }
    }

    func cancelProbe() {
        let probe = self.stop.state.withLock { state -> Task<Void, Never>? in
            defer { state.extras?.probe = nil }
            return state.extras?.probe
        }
        probe?.cancel()
    }

    @concurrent
    private func tryUntilReady(
        _ probe: @escaping @Sendable @concurrent () async throws -> Void,
        every pause: Duration,
        output: @Sendable () -> any Output
    ) async {
        let clock = self.engine.clock
        var lastText: String?
        while !Task.isCancelled {
            let begun = clock.now()
            do {
                try await self.tryOnce(probe, within: max(pause, Self.shortestLimit))
                if !Task.isCancelled { self.becomeReady(output) }
                return
            } catch {
                if Task.isCancelled { return }
                // The engine hears each new text once, however often the probe is tried.
                let text = "\(error)"
                if text != lastText {
                    lastText = text
                    self.engine.post(.waits(self.id, generation: self.generation, for: text))
                }
            }
            do { try await clock.sleep(begun + pause) } catch { return }
        }
    }

    private func tryOnce(_ probe: @escaping @Sendable @concurrent () async throws -> Void, within limit: Duration)
        async throws
    {
        let clock = self.engine.clock
        let deadline = clock.now() + limit
        let attempt = Task { try await probe() }
        let watch = Task {
            try await clock.sleep(deadline)
            attempt.cancel()
        }
        let result = await withTaskCancellationHandler {
            await attempt.result
        } onCancel: {
            attempt.cancel()
        }
        watch.cancel()
        do {
            try result.get()
        } catch is CancellationError where clock.now() >= deadline {
            throw ProbeTooSlow(limit: limit)
        }
    }
}
