/// Refuses what no well-behaved peer sends, before the core sees it: the core takes most of this for granted.
struct MessageCheck {
    /// No term or index comes near this in any cluster's life; beyond it sums could overflow.
    static let limit: UInt64 = 1 << 62

    let server: ServerID
    let role: Role
    let term: Term
    let configuration: ClusterConfiguration
    let sender: ServerID

    func check(_ message: Message) throws(RaftCoreError) {
        guard self.sender != self.server, self.configuration[self.sender] != nil else {
            throw self.bad("a message although it is no peer")
        }
        guard message.term > 0, message.term < Self.limit else { throw self.bad("term \(message.term)") }
        switch message {
        case .requestVote(let message): try self.check(message)
        case .requestVoteResult(let message): try self.check(message)
        case .appendEntries(let message): try self.check(message)
        case .appendEntriesResult(let message):
            guard message.rejected < Self.limit, message.lastIndex < Self.limit else {
                throw self.bad("an answer with index \(max(message.rejected, message.lastIndex))")
            }
        case .installSnapshot(let message): try self.check(message)
        case .timeoutNow(let message):
            try self.check(index: message.lastIndex, term: message.lastTerm, below: message.term + 1)
        }
    }

    private func check(_ message: RequestVote) throws(RaftCoreError) {
        guard message.candidate == self.sender else { throw self.bad("a request to vote for \(message.candidate)") }
        guard message.version >= 2 else { throw self.bad("a request for a vote of version \(message.version)") }
        try self.check(index: message.lastIndex, term: message.lastTerm, below: message.term)
    }

    private func check(_ message: RequestVoteResult) throws(RaftCoreError) {
        guard message.version >= 2 else { throw self.bad("an answer to a vote of version \(message.version)") }
        // We asked for at most our next term, in a pre-vote, and for our own in a vote.
        guard !message.voteGranted || message.term <= self.term + (message.preVote ? 1 : 0) else {
            throw self.bad("a vote for term \(message.term) that was not asked for")
        }
    }

    private func check(_ message: AppendEntries) throws(RaftCoreError) {
        try self.checkLeader(message.term)
        try self.check(index: message.previousIndex, term: message.previousTerm, below: message.term + 1)
        guard message.count == message.entries.count, message.count <= UInt32.max else {
            throw self.bad("\(message.entries.count) entries and announced \(message.count)")
        }
        guard message.leaderCommit < Self.limit else { throw self.bad("commit index \(message.leaderCommit)") }
        var newest = max(1, message.previousTerm)
        for (offset, entry) in message.entries.enumerated() {
            let index = message.previousIndex + 1 + LogIndex(offset)
            guard entry.term >= newest, entry.term <= message.term else {
                throw self.bad("entry \(index) of term \(entry.term) after \(newest) in term \(message.term)")
            }
            newest = entry.term
            guard (entry.kind == .configuration) == (index == 1) else {
                throw self.bad("a \(entry.kind) as entry \(index)")
            }
            if index == 1 { try self.checkConfiguration(entry.payload) }
        }
    }

    private func check(_ message: InstallSnapshot) throws(RaftCoreError) {
        try self.checkLeader(message.term)
        let snapshot = message.snapshot
        guard snapshot.index > 0 else { throw self.bad("a snapshot of nothing") }
        try self.check(index: snapshot.index, term: snapshot.term, below: message.term + 1)
        guard (1...snapshot.index).contains(snapshot.configurationIndex), snapshot.configuration == self.configuration
        else { throw self.bad("a snapshot of a cluster with other voters") }
    }

    /// A leader takes nothing from another leader of its own term: there can be none.
    private func checkLeader(_ term: Term) throws(RaftCoreError) {
        guard self.role != .leader || term != self.term else {
            throw self.bad("a leader's message in term \(term), which this controller leads")
        }
    }

    private func check(index: LogIndex, term: Term, below bound: Term) throws(RaftCoreError) {
        guard index < Self.limit, (index == 0) == (term == 0), term < bound else {
            throw self.bad("index \(index) with term \(term)")
        }
    }

    private func checkConfiguration(_ payload: [UInt8]) throws(RaftCoreError) {
        let configuration: ClusterConfiguration
        do {
            configuration = try ClusterConfiguration(decoding: payload)
        } catch {
            throw self.bad("a configuration that cannot be read: \(error)")
        }
        guard configuration == self.configuration else { throw self.bad("the log of a cluster with other voters") }
    }

    private func bad(_ what: String) -> RaftCoreError { .badMessage(what, from: self.sender) }
}
