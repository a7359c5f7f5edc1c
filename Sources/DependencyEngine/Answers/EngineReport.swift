/// What runs and what does not, at one moment. Encodes to stable kebab-case keys.
public struct EngineReport: Sendable, Hashable, Codable {
    /// The engine's own state.
    public var state: EngineState
    /// Every installed manifold and every name that is needed, by name.
    public var manifolds: [ManifoldReport]

    /// The report of the manifold called `name`.
    public subscript(name: String) -> ManifoldReport? {
        self.manifolds.first { $0.name == name }
    }
}

/// One manifold in a report.
public struct ManifoldReport: Sendable, Hashable, Codable {
    /// One of its inputs.
    public struct InputReport: Sendable, Hashable, Codable {
        /// The provider.
        public var name: String
        /// How it is needed.
        public var kind: InputKind
        /// Whether it can be used now.
        public var available: Bool
        /// What the provider is doing.
        public var state: ManifoldState
        /// True for an optional input whose changes are delivered and bounce nobody.
        public var live: Bool?
        /// The group that the provider is a member of, when it is needed as such.
        public var group: String?
    }

    /// The manifold's name.
    public var name: String
    /// What it is doing.
    public var state: ManifoldState
    /// Why it is in that state, in words.
    public var reason: String?
    /// What it needs, as declared, and then the members of groups it needs, by name.
    public var inputs: [InputReport]
    /// The groups whose members it needs, though they may have none.
    public var groups: [String]?
    /// The groups it is a member of.
    public var memberOf: [String]?
    /// How many instances were begun.
    public var generation: Int
    /// How often its start function returned a worker.
    public var startCount: Int
    /// 1 after healthy time, one more after each failure since.
    public var attempt: Int
    /// How often it failed in all.
    public var failureCount: Int
    /// What it failed with last; kept until it has been healthy again.
    public var lastError: String?
    /// Milliseconds to the next attempt, when it waits for one.
    public var retryInMilliseconds: Int?
    /// Milliseconds since it became ready.
    public var readyForMilliseconds: Int?
    /// Instances that did not end in time and may still run.
    public var abandoned: Int
    /// Where it was declared.
    public var declaredAt: String?
    /// The plugin it came from, by file name, or `built in`; nil for a name that is only needed.
    public var origin: String?
    /// What the worker says of itself; only in a detailed report, and only of a `ReportingWorker` that runs.
    public var details: [String: String]?
    /// Why a worker that could say something of itself is left out, in words.
    public var detailsMissing: String?

    enum CodingKeys: String, CodingKey {
        case name, state, reason, inputs, groups, generation, attempt, abandoned, origin, details
        case memberOf = "member-of"
        case startCount = "start-count"
        case failureCount = "failure-count"
        case lastError = "last-error"
        case retryInMilliseconds = "retry-in-ms"
        case readyForMilliseconds = "ready-for-ms"
        case declaredAt = "declared-at"
        case detailsMissing = "details-missing"
    }
}
