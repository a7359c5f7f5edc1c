/// What one controller says to another to keep their logs the same.
///
/// Every field travels: a lost `version` would turn a question about a vote into a vote.
/// Who sent a message is not in it: the connection's certificate says that.
package enum Message: Hashable, Sendable {
    case requestVote(RequestVote)
    case requestVoteResult(RequestVoteResult)
    case appendEntries(AppendEntries)
    case appendEntriesResult(AppendEntriesResult)
    case installSnapshot(InstallSnapshot)
    case timeoutNow(TimeoutNow)
}

extension Message {
    /// The sender's term when it wrote the message.
    package var term: Term {
        switch self {
        case .requestVote(let message): message.term
        case .requestVoteResult(let message): message.term
        case .appendEntries(let message): message.term
        case .appendEntriesResult(let message): message.term
        case .installSnapshot(let message): message.term
        case .timeoutNow(let message): message.term
        }
    }
}

/// A candidate asks for a vote, or (`preVote`) whether it would get one.
package struct RequestVote: Hashable, Sendable {
    package var version: UInt8
    package var term: Term
    package var candidate: ServerID
    package var lastIndex: LogIndex
    package var lastTerm: Term
    /// Set when a leader asked this candidate to take over: the receiver need not protect its leader.
    package var disruptLeader: Bool
    package var preVote: Bool

    package init(
        version: UInt8 = 2,
        term: Term,
        candidate: ServerID,
        lastIndex: LogIndex,
        lastTerm: Term,
        disruptLeader: Bool = false,
        preVote: Bool = false
    ) {
        self.version = version
        self.term = term
        self.candidate = candidate
        self.lastIndex = lastIndex
        self.lastTerm = lastTerm
        self.disruptLeader = disruptLeader
        self.preVote = preVote
    }
}

/// The answer to a `RequestVote`.
package struct RequestVoteResult: Hashable, Sendable {
    package var version: UInt8
    package var term: Term
    package var voteGranted: Bool
    package var preVote: Bool
    /// What the sender's consensus core can do, one bit each.
    package var features: UInt16
    /// Disk space the sender has reserved, in the core's own unit; 0 when not used.
    package var capacity: UInt16

    package init(
        version: UInt8 = 2,
        term: Term,
        voteGranted: Bool,
        preVote: Bool = false,
        features: UInt16 = 0,
        capacity: UInt16 = 0
    ) {
        self.version = version
        self.term = term
        self.voteGranted = voteGranted
        self.preVote = preVote
        self.features = features
        self.capacity = capacity
    }
}

/// A leader's entries for a follower, or its heartbeat.
package struct AppendEntries: Hashable, Sendable {
    package var version: UInt8
    package var term: Term
    /// Index of the entry right before the first of `entries`; 0 when that is entry 1.
    package var previousIndex: LogIndex
    package var previousTerm: Term
    package var leaderCommit: LogIndex
    /// How many entries after `previousIndex` are to be sent.
    ///
    /// The core fills this and leaves `entries` empty: whoever has the log fills them (`fill(with:)`).
    package var count: Int
    package var entries: [Entry]

    package init(
        version: UInt8 = 0,
        term: Term,
        previousIndex: LogIndex,
        previousTerm: Term,
        leaderCommit: LogIndex,
        count: Int? = nil,
        entries: [Entry] = []
    ) {
        self.version = version
        self.term = term
        self.previousIndex = previousIndex
        self.previousTerm = previousTerm
        self.leaderCommit = leaderCommit
        self.count = count ?? entries.count
        self.entries = entries
    }

    /// Sets the entries, which must follow `previousIndex` directly, and their count.
    package mutating func fill(with entries: [Entry]) {
        self.entries = entries
        self.count = entries.count
    }
}

/// The answer to an `AppendEntries`.
package struct AppendEntriesResult: Hashable, Sendable {
    package var version: UInt8
    package var term: Term
    /// Index that did not match the sender's log; 0 when all went well.
    package var rejected: LogIndex
    /// Up to where the sender's log is safe on its disk, or a hint after a rejection.
    package var lastIndex: LogIndex
    package var features: UInt16
    package var capacity: UInt16

    package init(
        version: UInt8 = 2,
        term: Term,
        rejected: LogIndex,
        lastIndex: LogIndex,
        features: UInt16 = 0,
        capacity: UInt16 = 0
    ) {
        self.version = version
        self.term = term
        self.rejected = rejected
        self.lastIndex = lastIndex
        self.features = features
        self.capacity = capacity
    }
}

/// A leader's whole state for a follower that is too far behind its log.
package struct InstallSnapshot: Hashable, Sendable {
    package var version: UInt8
    package var term: Term
    /// As it leaves the core only `index` and `term` are set: whoever has the snapshot puts the whole one here.
    package var snapshot: Snapshot

    package init(version: UInt8 = 0, term: Term, snapshot: Snapshot) {
        self.version = version
        self.term = term
        self.snapshot = snapshot
    }
}

/// A leader asks its follower to become leader at once.
package struct TimeoutNow: Hashable, Sendable {
    package var version: UInt8
    package var term: Term
    package var lastIndex: LogIndex
    package var lastTerm: Term

    package init(version: UInt8 = 0, term: Term, lastIndex: LogIndex, lastTerm: Term) {
        self.version = version
        self.term = term
        self.lastIndex = lastIndex
        self.lastTerm = lastTerm
    }
}
