internal import CRaft

extension RaftCore {
    /// Takes a peer's message, through all guards that concern it.
    mutating func receive(_ message: Message, from sender: ServerID) throws(RaftCoreError) -> RaftCoreUpdate {
        let check = MessageCheck(
            server: self.server.id,
            role: self.role,
            term: self.term,
            configuration: self.configuration,
            sender: sender
        )
        try check.check(message)
        switch message {
        case .requestVote(let message): return try self.receive(message, from: sender)
        case .requestVoteResult(let message): return try self.receive(message, from: sender)
        case .appendEntries(let message): return try self.receive(message, from: sender)
        case .appendEntriesResult(let message): return try self.receive(message, from: sender)
        case .installSnapshot(let message): return try self.receive(message, from: sender)
        case .timeoutNow(let message): return try self.receive(message, from: sender)
        }
    }

    private mutating func receive(
        _ message: RequestVote,
        from sender: ServerID
    ) throws(RaftCoreError) -> RaftCoreUpdate {
        var incoming = self.incoming(RAFT_REQUEST_VOTE, from: sender)
        incoming.request_vote.version = message.version
        incoming.request_vote.term = message.term
        incoming.request_vote.candidate_id = message.candidate.rawValue
        incoming.request_vote.last_log_index = message.lastIndex
        incoming.request_vote.last_log_term = message.lastTerm
        incoming.request_vote.disrupt_leader = message.disruptLeader
        incoming.request_vote.pre_vote = message.preVote
        var update = try self.deliver(&incoming)
        if self.isOn(.preVoteTerm), PreVoteTerm.correct(&update.messages, ownTerm: self.term) {
            self.guardTrips.count(.preVoteTerm)
        }
        return update
    }

    private mutating func receive(
        _ message: RequestVoteResult,
        from sender: ServerID
    ) throws(RaftCoreError) -> RaftCoreUpdate {
        if self.isOn(.lateVotes), LateVotes.isLate(role: self.role) {
            self.guardTrips.count(.lateVotes)
            return RaftCoreUpdate()
        }
        var incoming = self.incoming(RAFT_REQUEST_VOTE_RESULT, from: sender)
        incoming.request_vote_result.version = message.version
        incoming.request_vote_result.term = message.term
        incoming.request_vote_result.vote_granted = message.voteGranted
        incoming.request_vote_result.pre_vote = message.preVote
        incoming.request_vote_result.features = message.features
        incoming.request_vote_result.capacity = message.capacity
        return try self.deliver(&incoming)
    }

    private mutating func receive(
        _ message: AppendEntriesResult,
        from sender: ServerID
    ) throws(RaftCoreError) -> RaftCoreUpdate {
        if self.isOn(.staleReject),
            StaleReject.isStale(message, match: self.matchIndex(of: sender), ownTerm: self.term)
        {
            self.guardTrips.count(.staleReject)
            return RaftCoreUpdate()
        }
        var incoming = self.incoming(RAFT_APPEND_ENTRIES_RESULT, from: sender)
        incoming.append_entries_result.version = message.version
        incoming.append_entries_result.term = message.term
        incoming.append_entries_result.rejected = message.rejected
        incoming.append_entries_result.last_log_index = message.lastIndex
        incoming.append_entries_result.features = message.features
        incoming.append_entries_result.capacity = message.capacity
        return try self.deliver(&incoming)
    }

    private mutating func receive(
        _ message: TimeoutNow,
        from sender: ServerID
    ) throws(RaftCoreError) -> RaftCoreUpdate {
        var incoming = self.incoming(RAFT_TIMEOUT_NOW, from: sender)
        incoming.timeout_now.version = message.version
        incoming.timeout_now.term = message.term
        incoming.timeout_now.last_log_index = message.lastIndex
        incoming.timeout_now.last_log_term = message.lastTerm
        return try self.deliver(&incoming)
    }

    func incoming(_ type: raft_message_type, from sender: ServerID) -> raft_message {
        var message = raft_message()
        message.type = type
        message.server_id = sender.rawValue
        message.server_address = self.handle.address(of: sender)
        return message
    }

    /// A step with a message that carries neither entries nor a snapshot.
    private mutating func deliver(_ message: inout raft_message) throws(RaftCoreError) -> RaftCoreUpdate {
        var update = raft_update()
        try self.check(self.run(&message, &update), doing: "handling a message")
        return self.collect(update, given: nil, snapshot: nil)
    }

    func run(_ message: inout raft_message, _ update: inout raft_update) -> Int32 {
        withUnsafeMutablePointer(to: &message) { pointer in
            var event = raft_event()
            event.type = RAFT_RECEIVE
            event.receive.message = pointer
            return self.run(&event, &update)
        }
    }
}
