/// One thing that happened in an engine, for logs and for hosts that show a status.
public struct EngineEvent: Sendable, Hashable {
    /// What happened.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// It was added; nothing of it runs yet.
        case installed
        /// It has ended and is forgotten.
        case uninstalled
        /// The start function was called.
        case starting
        /// It returned a worker.
        case started
        /// The output may be used.
        case ready
        /// A start or a worker failed and was charged for it.
        case failed
        /// A worker was asked to stop.
        case stopping
        /// A worker ended after it was asked to; `error` is what it threw then, which is not counted.
        case stopped
        /// A worker asked to be started again.
        case bounced
        /// A worker ended by itself without an error.
        case finished
        /// It stays down until an input comes anew or somebody resumes it; `reason` says why.
        case parked
        /// Somebody lets it start again.
        case resumed
        /// A start or a worker did not end in time; the engine goes on without waiting for it.
        case abandoned
        /// The engine changed its own state; `manifold` is empty.
        case engine
    }

    /// When, as time since the engine was made.
    public var at: Duration
    /// What happened.
    public var kind: Kind
    /// The manifold it happened to; empty for the engine itself.
    public var manifold: String
    /// The instance of the manifold.
    public var generation: Int = 0
    /// The attempt since the last healthy time.
    public var attempt: Int = 0
    /// Why, in words.
    public var reason: String?
    /// What was thrown, in words.
    public var error: String?
    /// How long until the next attempt.
    public var retryIn: Duration?
    /// The engine's state after this event.
    public var engineState: EngineState
}
