/// What only some instances have; guarded by the lock of their `StopState`.
struct WorkerExtras {
    /// Tries the readiness probe until it passes.
    var probe: Task<Void, Never>?
    /// Asks the worker for its own report.
    var report: (@Sendable @concurrent () async -> [String: String])?
    /// A question is out and has no answer yet: a stuck worker is not asked again and again.
    var isBeingAsked = false
}
