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
    let readiness: Readiness
    let classify: (@Sendable (any Error) -> FailureClass)?

    var generation: Int { self.log.generation }
    var taskName: String { "\(self.log.manifold) #\(self.log.generation)" }

    init(id: ManifoldID, manifold: Manifold, log: WorkerLog, engine: Engine) {
        self.id = id
        self.readiness = manifold.readiness
        self.classify = manifold.classify
        self.log = log
        self.engine = engine
    }

    /// Calls the start function and then the worker, in one task of their own that inherits nothing; `Logger.current`
    /// in it is the worker's.
    func launch(
        _ start: @escaping @Sendable @concurrent (InputValues) async throws -> Manifold.Started,
        values: InputValues
    ) {
        let task = Task.detached(name: self.taskName) {
            await withLogger(self.log.makeLogger()) { logger in await self.live(start, values, logger) }
        }
        self.keepStarting(task)
    }

    private func live(
        _ start: @Sendable @concurrent (InputValues) async throws -> Manifold.Started,
        _ values: InputValues,
        _ logger: Logger
    ) async {
        let started: Manifold.Started
        do {
            started = try await start(values)
            let output = self.readiness == .started ? started.output() : nil
            self.engine.post(.startReturned(self.id, generation: self.generation, output: output))
        } catch {
            self.end(error)
            return
        }
        let context = WorkerContext(
            manifold: self.log.manifold,
            generation: self.generation,
            attempt: self.log.attempt,
            logger: logger,
            stop: StopSignal(state: self.stop),
            signals: Signals(handle: self, output: started.output)
        )
        let mayGoOn = self.enterRunning()
        if let report = started.report { self.keepReport(report) }
        if case .probed(let pause, _) = self.readiness { self.startProbe(started, every: pause) }
        if mayGoOn {
            await self.run(started.worker, context)
        } else {
            // The start's task was cancelled; a worker deserves one that is not, to end in good order.
            let task = Task(name: self.taskName) { await self.run(started.worker, context) }
            self.keepRunning(task)
        }
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

    private func run(_ worker: any Worker, _ context: WorkerContext) async {
        do {
            try await worker.run(context)
            self.end(nil)
        } catch {
            self.end(error)
        }
    }

    private func end(_ error: (any Error)?) {
        let probe = self.stop.state.withLock { state -> Task<Void, Never>? in
            state.stage = .over
            defer { state.extras = nil }
            return state.extras?.probe
        }
        probe?.cancel()
        let failure = error.map { MachineFailure($0, classify: self.classify) }
        self.engine.post(.ended(self.id, generation: self.generation, failure))
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
