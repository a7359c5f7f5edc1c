import Logging

/// One instance of a manifold outside the machine: its task, its stop signal, and its way back to the engine.
final class WorkerHandle: Sendable {
    /// What a worker's context holds of it.
    private struct Signals: WorkerSignals {
        let handle: WorkerHandle
        let output: @Sendable () -> any Output

        func workerIsReady(providing output: (any Output)?) {
            guard self.handle.readiness == .signalled else { return }
            self.handle.engine.post(
                .signalledReady(self.handle.id, generation: self.handle.generation, output: output ?? self.output())
            )
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

    private enum Stage {
        case starting(Task<Void, Never>?, isCancelled: Bool)
        case running(Task<Void, Never>?, isCancelled: Bool)
        case over
    }

    let id: ManifoldID
    let generation: Int
    let stop = StopState()
    private let engine: Engine
    private let readiness: Readiness
    let classify: (@Sendable (any Error) -> FailureClass)?
    private let stage = Locked(Stage.starting(nil, isCancelled: false))

    init(id: ManifoldID, generation: Int, manifold: Manifold, engine: Engine) {
        self.id = id
        self.generation = generation
        self.readiness = manifold.readiness
        self.classify = manifold.classify
        self.engine = engine
    }

    /// Calls the start function and then the worker, in one task of their own that inherits nothing.
    func launch(_ manifold: Manifold, values: InputValues, attempt: Int, logger: Logger) {
        let taskName = "\(manifold.name) #\(self.generation)"
        let task = Task.detached(name: taskName) {
            let started: Manifold.Started
            do {
                started = try await manifold.start(values)
                let output = self.readiness == .started ? started.output() : nil
                self.engine.post(.startReturned(self.id, generation: self.generation, output: output))
            } catch {
                self.end(error)
                return
            }
            var logger = logger
            logger[metadataKey: "manifold"] = "\(manifold.name)"
            logger[metadataKey: "generation"] = "\(self.generation)"
            logger[metadataKey: "attempt"] = "\(attempt)"
            let context = WorkerContext(
                manifold: manifold.name,
                generation: self.generation,
                attempt: attempt,
                logger: logger,
                stop: StopSignal(state: self.stop),
                signals: Signals(handle: self, output: started.output)
            )
            if self.enterRunning() {
                await self.run(started.worker, context)
            } else {
                // The start's task was cancelled; a worker deserves one that is not, to end in good order.
                let task = Task.detached(name: taskName) { await self.run(started.worker, context) }
                self.keepRunning(task)
            }
        }
        self.keepStarting(task)
    }

    /// Cancels the start, if it is still under way.
    func cancelStart() {
        let task = self.stage.withLock { stage -> Task<Void, Never>? in
            guard case .starting(let task, _) = stage else { return nil }
            stage = .starting(task, isCancelled: true)
            return task
        }
        task?.cancel()
    }

    /// Cancels whatever runs.
    func cancel() {
        let task = self.stage.withLock { stage -> Task<Void, Never>? in
            switch stage {
            case .starting(let task, _):
                stage = .starting(task, isCancelled: true)
                return task
            case .running(let task, _):
                stage = .running(task, isCancelled: true)
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
        self.stage.withLock { $0 = .over }
        let failure = error.map { MachineFailure($0, classify: self.classify) }
        self.engine.post(.ended(self.id, generation: self.generation, failure))
    }

    /// Keeps the task that `launch` made, which may be further already.
    private func keepStarting(_ task: Task<Void, Never>) {
        let isCancelled = self.stage.withLock { stage -> Bool in
            switch stage {
            case .starting(_, let isCancelled):
                stage = .starting(task, isCancelled: isCancelled)
                return isCancelled
            case .running(nil, let isCancelled):
                stage = .running(task, isCancelled: isCancelled)
                return isCancelled
            case .running, .over: return false
            }
        }
        if isCancelled { task.cancel() }
    }

    /// From here on a cancellation is meant for the worker; false when the start's task was cancelled.
    private func enterRunning() -> Bool {
        self.stage.withLock { stage in
            guard case .starting(let task, let isCancelled) = stage else { return true }
            stage = .running(isCancelled ? nil : task, isCancelled: false)
            return !isCancelled
        }
    }

    private func keepRunning(_ task: Task<Void, Never>) {
        let isCancelled = self.stage.withLock { stage -> Bool in
            guard case .running(_, let isCancelled) = stage else { return false }
            stage = .running(task, isCancelled: isCancelled)
            return isCancelled
        }
        if isCancelled { task.cancel() }
    }
}
