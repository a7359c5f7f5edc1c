/// One look at a node.
package struct NodeStatus: Hashable, Sendable {
    package var id: ServerID
    package var role: Role
    package var term: Term
    /// Who leads, as far as known; this node itself when it leads.
    package var leader: ServerID?
    package var commitIndex: LogIndex
    package var appliedIndex: LogIndex
    /// True on a leader that has applied everything that was in its log when it was elected, so that its machine has
    /// seen every entry any earlier leader ever committed.
    package var isServing: Bool

    package init(
        id: ServerID,
        role: Role,
        term: Term,
        leader: ServerID?,
        commitIndex: LogIndex,
        appliedIndex: LogIndex,
        isServing: Bool
    ) {
        self.id = id
        self.role = role
        self.term = term
        self.leader = leader
        self.commitIndex = commitIndex
        self.appliedIndex = appliedIndex
        self.isServing = isServing
    }

    /// True when `other` differs in what watchers are told of; indexes move with every entry and do not count.
    func differsVisibly(from other: NodeStatus) -> Bool {
        self.role != other.role || self.term != other.term || self.leader != other.leader
            || self.isServing != other.isServing
    }
}
