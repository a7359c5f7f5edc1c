/// One slot of the Raft log.
package struct Entry: Hashable, Sendable {
    /// What an entry is for.
    package enum Kind: UInt8, Sendable {
        /// Bytes for the replicated state machine.
        case command = 1
        /// Nothing; a new leader's way to commit what came before it.
        case barrier = 2
        /// An encoded `ClusterConfiguration`.
        case configuration = 3
    }

    package var term: Term
    package var kind: Kind
    package var payload: [UInt8]

    package init(term: Term, kind: Kind, payload: [UInt8]) {
        self.term = term
        self.kind = kind
        self.payload = payload
    }
}

/// A state machine's bytes up to and including `index`, with the configuration in force there.
package struct Snapshot: Hashable, Sendable {
    package var index: LogIndex
    package var term: Term
    package var configuration: ClusterConfiguration
    /// Index of the entry that brought `configuration`.
    package var configurationIndex: LogIndex
    package var data: [UInt8]

    package init(
        index: LogIndex,
        term: Term,
        configuration: ClusterConfiguration,
        configurationIndex: LogIndex,
        data: [UInt8]
    ) {
        self.index = index
        self.term = term
        self.configuration = configuration
        self.configurationIndex = configurationIndex
        self.data = data
    }
}
