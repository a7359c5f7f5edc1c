/// The declaration of one worker: its name, what it needs, how it starts and what it provides.
public struct Manifold: Sendable {
    /// A started worker and how to take its output, both erased: types were checked where the manifold was declared.
    ///
    /// A class, because every task of a worker holds it in several frames.
    final class Started: Sendable {
        let worker: any Worker
        /// Called once the worker is ready, from its own task.
        let output: @Sendable () -> any Output
        /// Throws while the worker is not ready.
        let probe: (@Sendable @concurrent () async throws -> Void)?
        /// The worker's own report.
        let report: (@Sendable @concurrent () async -> [String: String])?

        init(
            worker: any Worker,
            output: @escaping @Sendable () -> any Output,
            probe: (@Sendable @concurrent () async throws -> Void)? = nil,
            report: (@Sendable @concurrent () async -> [String: String])? = nil
        ) {
            self.worker = worker
            self.output = output
            self.probe = probe
            self.report = report
        }
    }

    /// The name, which is also that of the resource it provides.
    public let name: String
    /// Where it was declared, as `Module/File.swift:line`.
    public let site: String
    /// The plugin it came from, by file name; nil when it was compiled into the program.
    public internal(set) var origin: String?
    /// What it needs.
    public let edges: [InputEdge]

    let outputType: any Sendable.Type
    let start: @Sendable @concurrent (InputValues) async throws -> Started
    var readiness = Readiness.started
    var policy = RestartPolicy.standard
    var deadlines = StopDeadlines()
    var startDeadline: Duration?
    var drainDeadline: Duration?
    /// The groups it joined.
    var groups: [GroupEdge] = []
    var classify: (@Sendable (any Error) -> FailureClass)?

    /// The same manifold with another moment of readiness; `.started` unless set.
    public func readiness(_ readiness: Readiness) -> Manifold {
        self.with(\.readiness, readiness)
    }

    /// The same manifold with another restart policy; `.standard` unless set.
    public func restart(_ policy: RestartPolicy) -> Manifold {
        self.with(\.policy, policy)
    }

    /// The same manifold with other deadlines for its stop.
    public func stopping(graceful: Duration = .seconds(10), cancelled: Duration = .seconds(5)) -> Manifold {
        self.with(\.deadlines, StopDeadlines(graceful: graceful, cancelled: cancelled))
    }

    /// The same manifold whose start is cancelled after `deadline`; the engine's own deadline unless set.
    public func starting(within deadline: Duration) -> Manifold {
        self.with(\.startDeadline, deadline)
    }

    /// The same manifold, for whose `WorkerContext.finishedDraining()` a shutdown waits up to `deadline` before it stops
    /// anything. Others hear that they must drain and are not waited for.
    public func draining(upTo deadline: Duration) -> Manifold {
        self.with(\.drainDeadline, deadline)
    }

    /// The same manifold whose errors mean what `classify` says; all are retried unless set.
    ///
    /// Asked once for each error thrown by the start function or the worker, or given to `Engine.fail`, unless it is a
    /// `Verdict`; on the task of the worker, so it may take its time without holding anybody else. A start that took
    /// too long is always retried.
    public func classifying(_ classify: @escaping @Sendable (any Error) -> FailureClass) -> Manifold {
        self.with(\.classify, classify)
    }

    /// The same manifold, known to come from `origin`: reports, explanations and graphs say so.
    public func from(_ origin: String) -> Manifold {
        self.with(\.origin, origin)
    }

    private func with<Value>(_ path: WritableKeyPath<Manifold, Value>, _ value: Value) -> Manifold {
        var copy = self
        copy[keyPath: path] = value
        return copy
    }
}
