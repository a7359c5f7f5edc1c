/// What must be done after a step, in the order of the fields.
package struct RaftCoreUpdate: Hashable, Sendable {
    /// The newest term and the vote given in it.
    package struct TermAndVote: Hashable, Sendable {
        package var term: Term
        package var votedFor: ServerID?

        package init(term: Term, votedFor: ServerID?) {
            self.term = term
            self.votedFor = votedFor
        }
    }

    /// Entries for this node's log.
    package struct NewEntries: Hashable, Sendable {
        /// Index of the first; the log is cut from here on if it reaches so far.
        package var at: LogIndex
        package var entries: [Entry]

        package init(at: LogIndex, entries: [Entry]) {
            self.at = at
            self.entries = entries
        }
    }

    /// A message and whom it is for.
    package struct Outgoing: Hashable, Sendable {
        package var to: ServerID
        /// An `appendEntries` lacks its entries and an `installSnapshot` all but index and term of its snapshot: the
        /// node fills them from its log before it sends.
        package var message: Message

        package init(to: ServerID, message: Message) {
            self.to = to
            self.message = message
        }
    }

    /// To be durable before anything else of this update leaves the process or reaches the log.
    package var termAndVote: TermAndVote?
    /// To be appended and queued for writing; `persistedEntries` tells when it is durable. Messages need not wait.
    package var entries: NewEntries?
    /// The whole log is void, queue the write that says so, and answer `persistedSnapshot` when it is durable.
    ///
    /// Until then apply nothing, even when `commitIndex` says so.
    package var installSnapshot: Snapshot?
    package var messages: [Outgoing] = []
    /// The role changed; pending proposals of a former leader have an unknown outcome.
    package var roleChanged = false
    /// The new commit index. Entries up to it may be applied, also before they are on this node's own disk.
    package var commitIndex: LogIndex?

    package init() {}

    /// Whether there is nothing to do.
    package var isEmpty: Bool { self == RaftCoreUpdate() }
}
