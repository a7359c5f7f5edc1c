/// Runs an engine as a worker of another one.
struct NestedEngine: Worker {
    let engine: Engine
    /// What must be ready inside before the worker says that it is.
    let names: [String]

    func run(_ context: WorkerContext) async throws {
        let engine = self.engine
        let running = Task.detached(name: "\(context.manifold) inside") { try await engine.run() }
        // Each waits for one thing and is cancelled with the run; none is a child, so none holds up another.
        let explaining = Task.detached { await self.explain(to: context) }
        let tasks = [
            explaining,
            Task.detached {
                guard await self.isReady() else { return }
                explaining.cancel()
                context.ready()
            },
            Task.detached { await self.drain(with: context) },
            Task.detached {
                await context.stop.wait()
                engine.shutdown()
            },
        ]
        defer { for task in tasks { task.cancel() } }
        try await withTaskCancellationHandler {
            try await running.value
        } onCancel: {
            running.cancel()
        }
    }

    /// Returns once the engine inside is ready, as far as this manifold promises; false when it has ended before.
    private func isReady() async -> Bool {
        do {
            try await self.engine.settled()
            try await self.engine.ready(self.names)
            return true
        } catch {
            return false
        }
    }

    /// Tells the engine outside what is missing inside, whenever that may have changed for the worse.
    private func explain(to context: WorkerContext) async {
        // Asked for before the first look, so that nothing falls between.
        let events = self.engine.observe()
        var last = await self.tellMissing(to: context, last: nil)
        for await event in events where event.isTrouble {
            last = await self.tellMissing(to: context, last: last)
        }
    }

    private func tellMissing(to context: WorkerContext, last: String?) async -> String? {
        let missing = await self.engine.missing(self.names)
        if let missing, missing != last { context.waits(for: missing) }
        return missing
    }

    private func drain(with context: WorkerContext) async {
        await context.stop.drained()
        guard !context.stop.isRequested, !Task.isCancelled else { return }
        await self.engine.drain()
        context.finishedDraining()
    }
}

extension EngineEvent {
    /// Whether it is a reason for something not to be ready.
    fileprivate var isTrouble: Bool {
        switch self.kind {
        case .failed, .parked, .finished, .abandoned: true
        default: false
        }
    }
}

extension Engine {
    /// Does the first phase of a shutdown and returns when it is over; nothing stops before `shutdown`.
    func drain() async {
        self.tell(.drain)
        if self.machine.hasDrained { return }
        await withCheckedContinuation { self.drainWaiters.append($0) }
    }

    /// The first of `names` that is not ready with the root of why; without one, that the engine settles; nil for neither.
    func missing(_ names: [String]) -> String? {
        for name in names {
            guard let id = self.machine.ids[name] else { return "\(name) (unknown: not installed)" }
            if self.machine.nodes[id].isOffered { continue }
            var cause = self.machine.explain(id, now: self.clock.now())
            while let next = cause.because.first(where: { $0.kind == .required }) { cause = next }
            let root = "\(cause.name) (\(cause.state.rawValue): \(cause.reason))"
            return cause.name == name ? root : "\(name), which waits for \(root)"
        }
        return self.isSettled ? nil : "what is inside to settle"
    }
}

/// The clock of the engine outside, so that both agree on time and a test moves one.
struct OuterClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: self.offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - self.offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    let clock: EngineClock

    var now: Instant { Instant(offset: self.clock.now()) }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try await self.clock.sleep(deadline.offset)
    }
}
