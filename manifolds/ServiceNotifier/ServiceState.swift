import AgentResources

/// What the service manager is to be told, from what is known of Raft and the API server.
///
/// Pure: each change goes in, and what to tell comes out.
struct ServiceState {
    /// What to tell now.
    struct Announcement: Hashable {
        /// Say once that start-up is over.
        var ready: Bool
        var status: String
    }

    private var raft: RaftStatus?
    private var address: String?
    private var saidReady = false
    private var lastStatus: String?

    /// Raft came, changed, or (`nil`) went.
    mutating func raftChanged(_ status: RaftStatus?) -> Announcement? {
        self.raft = status
        return self.announce()
    }

    /// The API server came, at its address, or (`nil`) went.
    mutating func apiServerChanged(_ address: String?) -> Announcement? {
        self.address = address
        return self.announce()
    }

    /// Ready once the log is loaded and the socket open; a leader is not waited for, since it may take other hosts.
    private mutating func announce() -> Announcement? {
        let status = self.status
        let ready = !self.saidReady && self.raft != nil && self.address != nil
        guard ready || status != self.lastStatus else { return nil }
        self.saidReady = self.saidReady || ready
        self.lastStatus = status
        return Announcement(ready: ready, status: status)
    }

    private var status: String {
        guard let address = self.address else { return "the API server is not running: see 'why apiserver'" }
        guard let raft = self.raft else { return "serving on \(address); raft is not running: see 'why raft'" }
        switch (raft.role, raft.leader) {
        case (.leader, _): return "serving on \(address); leader of term \(raft.term)"
        case (_, let leader?): return "serving on \(address); following controller \(leader.id) in term \(raft.term)"
        case (_, nil): return "serving on \(address); no leader yet"
        }
    }
}
