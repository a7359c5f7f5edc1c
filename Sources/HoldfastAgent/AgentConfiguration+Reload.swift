extension AgentConfiguration {
    /// What a file that was read again changes while the agent runs, and what of it only a restart can change.
    package func reloaded(from file: AgentConfiguration) -> (taken: AgentConfiguration, needsRestart: [String]) {
        var taken = self
        taken.leaseTransport = file.leaseTransport
        taken.logLevel = file.logLevel
        var rest = file
        rest.leaseTransport = self.leaseTransport
        rest.logLevel = self.logLevel
        var changed: [String] = []
        for setting in Self.fixedSettings where setting.take(from: self, into: &rest) { changed.append(setting.name) }
        // Whatever else there is and is not named below must not pass in silence.
        if rest != self { changed.append("others") }
        return (taken, changed)
    }

    private static let fixedSettings = [
        Setting("data-directory", \.dataDirectory), Setting("listen", \.listen),
        Setting("fault-injection", \.faultInjection),
        Setting("fault-injection-append-ms", \.faultInjectionAppendMilliseconds),
        Setting("batch-operations", \.batchOperations), Setting("batch-bytes", \.batchBytes),
        Setting("raft.election-timeout-ms", \.electionTimeoutMilliseconds),
        Setting("raft.heartbeat-ms", \.heartbeatMilliseconds),
        Setting("raft.snapshot-threshold", \.snapshotThreshold),
        Setting("raft.trailing-entries", \.trailingEntries), Setting("plugin-directory", \.pluginDirectory),
        Setting("require-plugins", \.requiresPlugins),
    ]

    /// A setting by the name it has in the file.
    private struct Setting: Sendable {
        let name: String
        private let take: @Sendable (AgentConfiguration, inout AgentConfiguration) -> Bool

        init<Value: Equatable & SendableMetatype>(
            _ name: String,
            _ path: any WritableKeyPath<AgentConfiguration, Value> & Sendable
        ) {
            self.name = name
            self.take = { source, target in
                guard target[keyPath: path] != source[keyPath: path] else { return false }
                target[keyPath: path] = source[keyPath: path]
                return true
            }
        }

        /// Makes the two agree on this setting; true when they did not.
        func take(from source: AgentConfiguration, into target: inout AgentConfiguration) -> Bool {
            self.take(source, &target)
        }
    }
}
