/// What a manifold is doing, as reports show it.
public enum ManifoldState: String, Sendable, Hashable, Codable, CaseIterable {
    /// Named as an input, but not installed.
    case unknown
    /// A required input is not ready, or an old dependent has not ended yet.
    case waiting
    /// Its start function runs.
    case starting
    /// Its worker runs and has not said it is ready yet.
    case started
    /// Its worker runs and its output may be used.
    case ready
    /// Its worker was asked to stop, or is about to be once its dependents have ended.
    case stopping
    /// It failed and waits for its next attempt.
    case backingOff = "backing-off"
    /// It stays down until an input changes or somebody resumes it.
    case parked
    /// Its worker ended by itself without an error.
    case finished
}

/// What the engine as a whole is doing.
public enum EngineState: String, Sendable, Hashable, Codable {
    /// `run` was not called yet.
    case idle
    /// Manifolds are kept running.
    case running
    /// First phase of the shutdown: no new work.
    case draining
    /// Second phase: workers end, dependents first.
    case stopping
    /// Everything has ended or was abandoned.
    case stopped
}
