public import Logging

/// What the engine gives a running worker. Safe from any task.
public struct WorkerContext: Sendable {
    /// The manifold's name.
    public let manifold: String
    /// Counts the instances of this manifold that the engine began, from 1.
    public let generation: Int
    /// 1 at first and after healthy time, one more after each failure since.
    public let attempt: Int
    /// A logger whose lines hold manifold, generation and attempt; also `Logger.current` in whatever the engine calls.
    public let logger: Logger
    /// How the worker hears that it must end.
    public let stop: StopSignal

    let signals: any WorkerSignals

    /// Says the worker is ready, for manifolds declared with `.readiness(.signalled)`; more than once is harmless.
    public func ready() {
        self.signals.workerIsReady(providing: nil)
    }

    /// Says the worker has drained, for manifolds declared with `.draining(upTo:)`: nothing of it need be waited for.
    public func finishedDraining() {
        self.signals.workerFinishedDraining()
    }
}

extension WorkerContext {
    /// Asks to be started again with a new output, dependents stopping first while this worker still runs; not charged,
    /// and not slowed as `Verdict.bounce` is: only for workers that ask because something outside has changed.
    func bounce(_ why: String) {
        self.signals.workerAsksForBounce(why)
    }

    /// Says the worker is ready with an output of its own, instead of what its manifold would take from it.
    func ready(providing output: any Output) {
        self.signals.workerIsReady(providing: output)
    }

    /// Says what a worker that is not ready yet waits for; shown by reports and `why` until it is.
    func waits(for what: String) {
        self.signals.workerWaits(for: what)
    }
}

/// Where a worker's own signals go.
protocol WorkerSignals: Sendable {
    /// With an output of its own, or none to provide what its manifold takes from it.
    func workerIsReady(providing output: (any Output)?)
    func workerFinishedDraining()
    func workerAsksForBounce(_ why: String)
    func workerWaits(for what: String)
}

extension WorkerContext {
    private struct Closures: WorkerSignals {
        let ready: @Sendable () -> Void
        let drained: @Sendable () -> Void

        func workerIsReady(providing output: (any Output)?) { self.ready() }
        func workerFinishedDraining() { self.drained() }
        func workerAsksForBounce(_ why: String) {}
        func workerWaits(for what: String) {}
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
