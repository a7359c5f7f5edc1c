internal import CRaft

/// The consensus core's own memory: made once, freed with its owner.
///
/// It is the only place that holds a pointer across steps.
struct CoreHandle: ~Copyable {
    let core: UnsafeMutablePointer<raft>
    /// What the core is told as a sender's address; it wants a C string that lives for the whole step.
    private let addresses: [ServerID: UnsafeMutablePointer<CChar>]

    /// Makes a core that is seeded and silent, not yet started.
    init(
        server: Server,
        configuration: ClusterConfiguration,
        options: RaftCoreOptions
    ) throws(RaftCoreError) {
        let core = UnsafeMutablePointer<raft>.allocate(capacity: 1)
        UnsafeMutableRawPointer(core).initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<raft>.size)
        let result = raft_init(core, nil, nil, server.id.rawValue, server.address)
        guard result == 0 else {
            core.deallocate()
            throw RaftCoreError(coreResult: result, detail: "", doing: "creating the consensus core")
        }
        // Before anything draws a number: without a seed the first timeout comes from whatever memory held.
        raft_seed(core, options.seed)
        // The library's own tracer formats into buffers shared by all cores of the process, even when it prints nothing.
        core.pointee.tracer = nil
        raft_set_election_timeout(core, UInt32(clamping: options.electionTimeout))
        raft_set_heartbeat_timeout(core, UInt32(clamping: options.heartbeatTimeout))
        raft_set_install_snapshot_timeout(core, UInt32(clamping: options.installSnapshotTimeout))
        raft_set_pre_vote(core, options.preVote)
        raft_set_max_inflight_entries(core, UInt32(clamping: max(1, options.inFlightEntries)))
        self.core = core
        self.addresses = Dictionary(
            uniqueKeysWithValues: configuration.servers.map { server in
                let text = server.address.utf8CString
                let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.count)
                for (offset, character) in text.enumerated() { (copy + offset).initialize(to: character) }
                return (server.id, copy)
            }
        )
    }

    deinit {
        raft_close(self.core, nil)
        self.core.deallocate()
        for address in self.addresses.values { address.deallocate() }
    }

    func address(of server: ServerID) -> UnsafePointer<CChar>? { self.addresses[server].map { UnsafePointer($0) } }

    var detail: String { String(cString: raft_errmsg(self.core)) }
    var term: Term { raft_current_term(self.core) }
    var commitIndex: LogIndex { raft_commit_index(self.core) }
    var lastIndex: LogIndex { raft_last_index(self.core) }
    var timeout: Milliseconds { raft_timeout(self.core) }

    var votedFor: ServerID? {
        let id = raft_voted_for(self.core)
        return id == 0 ? nil : ServerID(id)
    }

    var leader: ServerID? {
        var id: raft_id = 0
        var address: UnsafePointer<CChar>?
        raft_leader(self.core, &id, &address)
        return id == 0 ? nil : ServerID(id)
    }

    var transferee: ServerID? {
        let id = raft_transferee(self.core)
        return id == 0 ? nil : ServerID(id)
    }

    func matchIndex(of server: ServerID) -> LogIndex? {
        var index: raft_index = 0
        return raft_match_index(self.core, server.rawValue, &index) == 0 ? index : nil
    }

    var role: Role {
        switch raft_state(self.core) {
        case RAFT_FOLLOWER: .follower
        case RAFT_CANDIDATE: .candidate
        case RAFT_LEADER: .leader
        default: .unavailable
        }
    }
}
