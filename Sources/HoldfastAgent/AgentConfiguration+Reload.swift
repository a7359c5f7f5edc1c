extension AgentConfiguration {
    /// What a file that was read again changes while the agent runs, and what of it only a restart can change.
    package func reloaded(from file: AgentConfiguration) -> (taken: AgentConfiguration, needsRestart: [String]) {
        var taken = self
        taken.leaseTransport = file.leaseTransport
        taken.logLevel = file.logLevel
        var rest: [String] = []
        func note(_ name: String, _ isChanged: Bool) {
            if isChanged { rest.append(name) }
        }
        note("data-directory", self.dataDirectory != file.dataDirectory)
        note("listen", self.listen != file.listen)
        note("fault-injection", self.faultInjection != file.faultInjection)
        note(
            "raft.election-timeout-ms",
            self.electionTimeoutMilliseconds != file.electionTimeoutMilliseconds
        )
        note("raft.heartbeat-ms", self.heartbeatMilliseconds != file.heartbeatMilliseconds)
        note("raft.snapshot-threshold", self.snapshotThreshold != file.snapshotThreshold)
        note("raft.trailing-entries", self.trailingEntries != file.trailingEntries)
        note("plugin-directory", self.pluginDirectory != file.pluginDirectory)
        note("require-plugins", self.requiresPlugins != file.requiresPlugins)
        // Whatever else there is and is not named above must not pass in silence.
        var known = file
        known.leaseTransport = self.leaseTransport
        known.logLevel = self.logLevel
        if rest.isEmpty, known != self { rest.append("others") }
        return (taken, rest)
    }
}
