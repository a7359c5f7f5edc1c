internal import CRaft

extension RaftCoreUpdate.Outgoing {
    /// A message of the core; `nil` for a kind that does not exist.
    ///
    /// Routed by id: the address may point into the message that has just been handled.
    init?(_ message: raft_message) {
        self.to = ServerID(message.server_id)
        switch message.type {
        case RAFT_REQUEST_VOTE: self.message = .requestVote(RequestVote(message.request_vote))
        case RAFT_REQUEST_VOTE_RESULT:
            self.message = .requestVoteResult(RequestVoteResult(message.request_vote_result))
        case RAFT_APPEND_ENTRIES: self.message = .appendEntries(AppendEntries(message.append_entries))
        case RAFT_APPEND_ENTRIES_RESULT:
            self.message = .appendEntriesResult(AppendEntriesResult(message.append_entries_result))
        case RAFT_INSTALL_SNAPSHOT: self.message = .installSnapshot(InstallSnapshot(message.install_snapshot))
        case RAFT_TIMEOUT_NOW: self.message = .timeoutNow(TimeoutNow(message.timeout_now))
        default: return nil
        }
    }
}

extension RequestVote {
    init(_ message: raft_request_vote) {
        self.init(
            version: message.version,
            term: message.term,
            candidate: ServerID(message.candidate_id),
            lastIndex: message.last_log_index,
            lastTerm: message.last_log_term,
            disruptLeader: message.disrupt_leader,
            preVote: message.pre_vote
        )
    }
}

extension RequestVoteResult {
    init(_ message: raft_request_vote_result) {
        self.init(
            version: message.version,
            term: message.term,
            voteGranted: message.vote_granted,
            preVote: message.pre_vote,
            features: message.features,
            capacity: message.capacity
        )
    }
}

extension AppendEntries {
    init(_ message: raft_append_entries) {
        self.init(
            version: message.version,
            term: message.term,
            previousIndex: message.prev_log_index,
            previousTerm: message.prev_log_term,
            leaderCommit: message.leader_commit,
            count: Int(message.n_entries)
        )
    }
}

extension AppendEntriesResult {
    init(_ message: raft_append_entries_result) {
        self.init(
            version: message.version,
            term: message.term,
            rejected: message.rejected,
            lastIndex: message.last_log_index,
            features: message.features,
            capacity: message.capacity
        )
    }
}

extension InstallSnapshot {
    /// Data and configuration are not set by the core and must not be looked at.
    init(_ message: raft_install_snapshot) {
        self.init(
            version: message.version,
            term: message.term,
            snapshot: Snapshot(
                index: message.last_index,
                term: message.last_term,
                configuration: ClusterConfiguration(servers: []),
                configurationIndex: message.conf_index,
                data: []
            )
        )
    }
}

extension TimeoutNow {
    init(_ message: raft_timeout_now) {
        self.init(
            version: message.version,
            term: message.term,
            lastIndex: message.last_log_index,
            lastTerm: message.last_log_term
        )
    }
}
