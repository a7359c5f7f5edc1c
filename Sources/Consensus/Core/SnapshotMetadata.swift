/// All that consensus needs to know of a snapshot; the bytes stay with whoever stores them.
package struct SnapshotMetadata: Hashable, Sendable {
    /// The last entry the snapshot contains.
    package var index: LogIndex
    package var term: Term
    package var configuration: ClusterConfiguration
    /// Index of the entry that brought `configuration`.
    package var configurationIndex: LogIndex

    package init(index: LogIndex, term: Term, configuration: ClusterConfiguration, configurationIndex: LogIndex) {
        self.index = index
        self.term = term
        self.configuration = configuration
        self.configurationIndex = configurationIndex
    }

    package init(_ snapshot: Snapshot) {
        self.init(
            index: snapshot.index,
            term: snapshot.term,
            configuration: snapshot.configuration,
            configurationIndex: snapshot.configurationIndex
        )
    }
}
