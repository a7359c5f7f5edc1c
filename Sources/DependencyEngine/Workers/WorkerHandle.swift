import Logging

/// One instance of a manifold outside the machine: its task, its stop signal, and its way back to the engine.
final class WorkerHandle: Sendable {
    /// What a worker's context holds of it.
    private struct Signals: WorkerSignals {
        let handle: WorkerHandle
        let output: @Sendable () -> any Output

        func workerIsReady(providing output: (any Output)?) {
            guard self.handle.readiness.isSignalled else { return }
            self.handle.becomeReady { output ?? self.output() }
        }

        func workerFinishedDraining() {
            self.handle.engine.post(.finishedDraining(self.handle.id, generation: self.handle.generation))
        }

        func workerAsksForBounce(_ why: String) {
            self.handle.engine.post(.asksForBounce(self.handle.id, generation: self.handle.generation, why))
        }

        func workerWaits(for what: String) {
            self.handle.engine.post(.waits(self.handle.id, generation: self.handle.generation, for: what))
        }
    }

    let id: ManifoldID
    let stop = StopState()
    let log: WorkerLog
    let engine: Engine
    private let starter: Engine.Starter

    var readiness: Readiness { self.starter.readiness }
    var classify: (@Sendable (any Error) -> FailureClass)? { self.starter.classify }
    var generation: Int { self.log.generation }
    var taskName: String { "\(self.log.manifold) #\(self.log.generation)" }

    init(id: ManifoldID, starter: Engine.Starter, log: WorkerLog, engine: Engine) {
        self.id = id
        self.starter = starter
        self.log = log
        self.engine = engine
    }

    /// Calls the start function and then the worker, in one task of their own that inherits nothing; `Logger.current`
    /// in it is the worker's.
    func launch(_ values: InputValues) {
        self.stop.state.withLock { $0.values = values }
        let task = Task.detached(name: self.taskName) {
            await withLogger(self.log.makeLogger()) { logger in
                guard let started = await self.begin() else { return }
                await self.live(started, logger)
            }
        }
        self.keepStarting(task)
    }

    /// Calls the start function; nil when that was the end. Apart from `live`, so that what only the start needs is gone
    /// while the worker runs.
    private func begin() async -> Manifold.Started? {
        guard let values = self.stop.state.withLock({ state in state.values.take() }) else { return nil }
        do {
            let started = try await self.starter.start(values)
            let output = self.readiness == .started ? started.output() : nil
            self.engine.post(.startReturned(self.id, generation: self.generation, output: output))
            return started
        } catch {
            self.end(error)
            return nil
        }
    }

    private func live(_ started: Manifold.Started, _ logger: Logger) async {
        let mayGoOn = self.enterRunning()
        if let report = started.report { self.keepReport(report) }
        if case .probed(let pause, _) = self.readiness { self.startProbe(started, every: pause) }
        if mayGoOn {
            await self.run(started, logger)
        } else {
            // The start's task was cancelled; a worker deserves one that is not, to end in good order.
            let task = Task(name: self.taskName) { await self.run(started, logger) }
            self.keepRunning(task)
        }
    }

    private func run(_ started: Manifold.Started, _ logger: Logger) async {
        do {
            try await started.worker.run(self.context(started, logger))
            self.end(nil)
        } catch {
            self.end(error)
        }
    }

    private func context(_ started: Manifold.Started, _ logger: Logger) -> WorkerContext {
        WorkerContext(
            manifold: self.log.manifold,
            generation: self.generation,
            attempt: self.log.attempt,
            logger: logger,
            stop: StopSignal(state: self.stop),
            signals: Signals(handle: self, output: started.output)
        )
    }

    func becomeReady(_ output: @Sendable () -> any Output) {
        self.engine.post(.signalledReady(self.id, generation: self.generation, output: output()))
    }

    /// Asks the worker to drain or to end.
    func ask(to phase: StopState.Phase) {
        self.stop.advance(to: phase)
        if phase == .stopping { self.cancelProbe() }
    }

    /// Cancels the start, if it is still under way.
    func cancelStart() {
        let task = self.stop.state.withLock { state -> Task<Void, Never>? in
            guard case .starting(let task, _) = state.stage else { return nil }
            state.stage = .starting(task, isCancelled: true)
            return task
        }
        task?.cancel()
    }

    /// Cancels whatever runs.
    func cancel() {
        let task = self.stop.state.withLock { state -> Task<Void, Never>? in
            switch state.stage {
            case .starting(let task, _):
                state.stage = .starting(task, isCancelled: true)
                return task
            case .running(let task, _):
                state.stage = .running(task, isCancelled: true)
                return task
            case .over: return nil
            }
        }
        task?.cancel()
    }

    private func end(_ error: (any Error)?) {
        let probe = self.stop.state.withLock { state -> Task<Void, Never>? in
            state.stage = .over
            defer { state.extras = nil }
            return state.extras?.probe
        }
        probe?.cancel()
        if let error {
            let failure = MachineFailure(error, classify: self.classify)
            self.engine.post(.failed(self.id, generation: self.generation, failure))
        } else {
            self.engine.post(.ended(self.id, generation: self.generation))
        }
    }

    /// Keeps the task that `launch` made, which may be further already.
    private func keepStarting(_ task: Task<Void, Never>) {
        let isCancelled = self.stop.state.withLock { state -> Bool in
            switch state.stage {
            case .starting(_, let isCancelled):
                state.stage = .starting(task, isCancelled: isCancelled)
                return isCancelled
            case .running(nil, let isCancelled):
                state.stage = .running(task, isCancelled: isCancelled)
                return isCancelled
            case .running, .over: return false
            }
        }
        if isCancelled { task.cancel() }
    }

    /// From here on a cancellation is meant for the worker; false when the start's task was cancelled.
    private func enterRunning() -> Bool {
        self.stop.state.withLock { state in
            guard case .starting(let task, let isCancelled) = state.stage else { return true }
            state.stage = .running(isCancelled ? nil : task, isCancelled: false)
            return !isCancelled
        }
    }

    private func keepRunning(_ task: Task<Void, Never>) {
        let isCancelled = self.stop.state.withLock { state -> Bool in
            guard case .running(_, let isCancelled) = state.stage else { return false }
            state.stage = .running(task, isCancelled: isCancelled)
            return isCancelled
        }
        if isCancelled { task.cancel() }
    }
}
