public import Logging

/// What the engine gives a running worker. Safe from any task.
public struct WorkerContext: Sendable {
    /// The manifold's name.
    public let manifold: String
    /// Counts the instances of this manifold that the engine began, from 1.
    public let generation: Int
    /// 1 at first and after healthy time, one more after each failure since.
    public let attempt: Int
    /// A logger whose metadata holds manifold, generation and attempt.
    public let logger: Logger
    /// How the worker hears that it must end.
    public let stop: StopSignal

    let signals: any WorkerSignals

    /// Says the worker is ready, for manifolds declared with `.readiness(.signalled)`; more than once is harmless.
    public func ready() {
        self.signals.workerIsReady()
    }

    /// Says the worker has drained, for manifolds declared with `.draining(upTo:)`: nothing of it need be waited for.
    public func finishedDraining() {
        self.signals.workerFinishedDraining()
    }
}

/// Where a worker's own signals go.
protocol WorkerSignals: Sendable {
    func workerIsReady()
    func workerFinishedDraining()
}

extension WorkerContext {
    private struct Closures: WorkerSignals {
        let ready: @Sendable () -> Void
        let drained: @Sendable () -> Void

        func workerIsReady() { self.ready() }
        func workerFinishedDraining() { self.drained() }
    }

    /// A context that stands on its own, for tests of a worker.
    public static func standalone(
        manifold: String = "worker",
        logger: Logger = Logger(label: "worker"),
        stop: StopSignal = StopSignal.standalone().signal,
        ready: @escaping @Sendable () -> Void = {},
        finishedDraining: @escaping @Sendable () -> Void = {}
    ) -> WorkerContext {
        WorkerContext(
            manifold: manifold,
            generation: 1,
            attempt: 1,
            logger: logger,
            stop: stop,
            signals: Closures(ready: ready, drained: finishedDraining)
        )
    }
}
