/// When a manifold's dependents may use its output.
public enum Readiness: Sendable, Hashable {
    /// As soon as its start function has returned.
    case started
    /// When its worker calls `WorkerContext.ready()`.
    case signalled
    /// When its worker calls `WorkerContext.ready()`; a failure unless it does so within the time.
    case signalledWithin(Duration)
    /// When its `ready:` closure, tried every so often while the worker runs, returns without throwing; a failure unless
    /// it does so within the time. As `started` for a manifold without such a closure.
    case probed(every: Duration = .milliseconds(500), within: Duration = .seconds(30))

    /// When its worker calls `WorkerContext.ready()`; a failure unless it does so within `time` of its start.
    public static func signalled(within time: Duration) -> Readiness { .signalledWithin(time) }
}

extension Readiness {
    /// How long a started worker may take to become ready.
    var deadline: Duration? {
        switch self {
        case .started, .signalled: nil
        case .signalledWithin(let time), .probed(_, let time): time
        }
    }

    /// Whether the worker itself says when.
    var isSignalled: Bool {
        switch self {
        case .signalled, .signalledWithin: true
        case .started, .probed: false
        }
    }
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
