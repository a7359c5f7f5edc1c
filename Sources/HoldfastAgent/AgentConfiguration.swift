package import AgentResources
package import ClusterIdentity
package import Logging

/// What an operator may set: the file given to `holdfastd run --config`.
package struct AgentConfiguration: Sendable, Hashable {
    /// Absolute path of the state directory.
    package var dataDirectory: String
    /// Where the API server listens.
    package var listen: HostAndPort
    package var logLevel: Logger.Level
    /// How operations get to the leader.
    package var leaseTransport: LeaseTransportKind
    /// Allows `holdfast engine fail`, for tests and drills only.
    package var faultInjection: Bool
    /// Each durable write of the log takes at least so long, in milliseconds; 0 unless `faultInjection`.
    package var faultInjectionAppendMilliseconds: Int
    /// Operations in one log entry at most.
    package var batchOperations: Int
    /// Bytes of operations in one log entry at most.
    package var batchBytes: Int
    /// How long without a leader's sign of life before an election, in milliseconds.
    package var electionTimeoutMilliseconds: Int
    /// How often a leader gives a sign of life, in milliseconds.
    package var heartbeatMilliseconds: Int
    /// Applied entries between two snapshots.
    package var snapshotThreshold: Int
    /// Entries kept in the log behind a snapshot for followers that are a little late.
    package var trailingEntries: Int
    /// Absolute path of the directory whose plugins are loaded; none are when it is not set.
    package var pluginDirectory: String?
    /// The agent does not start when a plugin is refused.
    package var requiresPlugins: Bool

    package init(
        dataDirectory: String,
        listen: HostAndPort,
        logLevel: Logger.Level = .info,
        leaseTransport: LeaseTransportKind = .api,
        faultInjection: Bool = false,
        faultInjectionAppendMilliseconds: Int = 0,
        batchOperations: Int = 4_096,
        batchBytes: Int = 512 << 10,
        electionTimeoutMilliseconds: Int = 400,
        heartbeatMilliseconds: Int = 50,
        snapshotThreshold: Int = 8_192,
        trailingEntries: Int = 1_024,
        pluginDirectory: String? = nil,
        requiresPlugins: Bool = false
    ) {
        self.dataDirectory = dataDirectory
        self.listen = listen
        self.logLevel = logLevel
        self.leaseTransport = leaseTransport
        self.faultInjection = faultInjection
        self.faultInjectionAppendMilliseconds = faultInjectionAppendMilliseconds
        self.batchOperations = batchOperations
        self.batchBytes = batchBytes
        self.electionTimeoutMilliseconds = electionTimeoutMilliseconds
        self.heartbeatMilliseconds = heartbeatMilliseconds
        self.snapshotThreshold = snapshotThreshold
        self.trailingEntries = trailingEntries
        self.pluginDirectory = pluginDirectory
        self.requiresPlugins = requiresPlugins
    }
}

/// Why a configuration is refused.
package struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
