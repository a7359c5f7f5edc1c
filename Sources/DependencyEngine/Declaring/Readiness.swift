/// When a manifold's dependents may use its output.
public enum Readiness: Sendable, Hashable {
    /// As soon as its start function has returned.
    case started
    /// When its worker calls `WorkerContext.ready()`.
    case signalled
}

/// How long a worker may take to end.
public struct StopDeadlines: Sendable, Hashable {
    /// From the request to stop to the cancellation of the worker's task.
    public var graceful: Duration
    /// From the cancellation to giving the worker up: it is abandoned, reported as such, and the engine goes on.
    public var cancelled: Duration

    /// Makes deadlines; the defaults are those of the engine.
    public init(graceful: Duration = .seconds(10), cancelled: Duration = .seconds(5)) {
        self.graceful = graceful
        self.cancelled = cancelled
    }
}
