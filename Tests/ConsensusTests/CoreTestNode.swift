import Consensus

/// A controller of a test: a core, the log the core does not keep, and what it wants to send.
final class CoreTestNode {
    var core: RaftCore
    let configuration: ClusterConfiguration
    private(set) var snapshot: Snapshot?
    private(set) var firstIndex: LogIndex
    private(set) var log: [Entry]
    /// The term and vote as they would be on disk.
    private(set) var termAndVote: RaftCoreUpdate.TermAndVote
    private(set) var commitIndex: LogIndex = 0
    /// Messages to be sent, complete.
    var outbox: [RaftCoreUpdate.Outgoing] = []
    private(set) var updates: [RaftCoreUpdate] = []

    init(
        _ id: UInt64 = 1,
        of count: UInt64 = 3,
        start: DurableState? = nil,
        guards: Guards = .all,
        options change: (inout RaftCoreOptions) -> Void = { _ in }
    ) throws(RaftCoreError) {
        let configuration = CoreTestNode.configuration(of: count)
        let start = start ?? .bootstrap(configuration)
        var options = RaftCoreOptions(
            electionTimeout: 1000,
            heartbeatTimeout: 100,
            preVote: false,
            snapshotTrailing: 0,
            seed: UInt32(id) &* 7919,
            guards: guards
        )
        change(&options)
        self.configuration = configuration
        self.core = try RaftCore(server: configuration.servers[Int(id - 1)], start: start, options: options, now: 0)
        self.snapshot = start.snapshot
        self.firstIndex = start.firstIndex
        self.log = start.entries
        self.termAndVote = RaftCoreUpdate.TermAndVote(term: start.term, votedFor: start.votedFor)
        self.carryOut(self.core.startUpdate)
    }

    static func configuration(of count: UInt64) -> ClusterConfiguration {
        ClusterConfiguration(servers: (1...count).map { Server(id: ServerID($0), address: "10.0.0.\($0):17070") })
    }

    var id: ServerID { self.core.server.id }
    var lastIndex: LogIndex { self.firstIndex + LogIndex(self.log.count) - 1 }

    func entry(_ index: LogIndex) -> Entry? {
        guard index >= self.firstIndex, index <= self.lastIndex else { return nil }
        return self.log[Int(index - self.firstIndex)]
    }

    @discardableResult
    func step(_ event: RaftCoreEvent, now: Milliseconds = 0) throws(RaftCoreError) -> RaftCoreUpdate {
        let update = try self.core.step(event, now: now)
        self.carryOut(update)
        return update
    }

    @discardableResult
    func receive(
        _ message: Message,
        from sender: UInt64,
        now: Milliseconds = 0
    ) throws(RaftCoreError) -> RaftCoreUpdate {
        try self.step(.receive(message, from: self.configuration.servers[Int(sender - 1)]), now: now)
    }

    /// Reports all writes durable.
    @discardableResult
    func persist(now: Milliseconds = 0) throws(RaftCoreError) -> RaftCoreUpdate {
        if let snapshot = self.snapshot, self.core.isInstallingSnapshot {
            return try self.step(.persistedSnapshot(snapshot.index), now: now)
        }
        guard self.core.persistedIndex < self.lastIndex else { return RaftCoreUpdate() }
        return try self.step(.persistedEntries(self.lastIndex), now: now)
    }

    /// Takes a snapshot of everything up to `index` and forgets those entries.
    func compact(upTo index: LogIndex) throws(RaftCoreError) {
        let snapshot = Snapshot(
            index: index,
            term: self.entry(index)?.term ?? 0,
            configuration: self.configuration,
            configurationIndex: 1,
            data: [UInt8](repeating: 7, count: 100)
        )
        try self.step(.snapshotTaken(SnapshotMetadata(snapshot)))
        self.snapshot = snapshot
        self.log.removeFirst(Int(index - self.firstIndex) + 1)
        self.firstIndex = index + 1
    }

    /// What a restart would find when all writes had been carried out.
    var durable: DurableState {
        DurableState(
            term: self.termAndVote.term,
            votedFor: self.termAndVote.votedFor,
            snapshot: self.snapshot,
            firstIndex: self.firstIndex,
            entries: self.log
        )
    }

    private func carryOut(_ update: RaftCoreUpdate) {
        self.updates.append(update)
        if let termAndVote = update.termAndVote { self.termAndVote = termAndVote }
        if let new = update.entries {
            if new.at <= self.lastIndex { self.log.removeLast(Int(self.lastIndex - new.at + 1)) }
            self.log += new.entries
        }
        if let snapshot = update.installSnapshot {
            self.snapshot = snapshot
            self.firstIndex = snapshot.index + 1
            self.log = []
        }
        if let commitIndex = update.commitIndex { self.commitIndex = commitIndex }
        for outgoing in update.messages {
            var outgoing = outgoing
            switch outgoing.message {
            case .appendEntries(var message):
                let first = Int(message.previousIndex + 1 - self.firstIndex)
                if message.count > 0 { message.fill(with: Array(self.log[first..<first + message.count])) }
                outgoing.message = .appendEntries(message)
            case .installSnapshot(var message):
                if let snapshot = self.snapshot, snapshot.index == message.snapshot.index {
                    message.snapshot = snapshot
                }
                outgoing.message = .installSnapshot(message)
            default: break
            }
            self.outbox.append(outgoing)
        }
    }
}

/// Some controllers with a network that loses nothing and disks that are fast.
final class CoreTestCluster {
    let nodes: [CoreTestNode]
    var now: Milliseconds = 0
    /// Controllers that get and send nothing.
    var isolated: Set<ServerID> = []

    init(
        _ count: UInt64 = 3,
        guards: Guards = .all,
        starts: [DurableState]? = nil,
        options: (inout RaftCoreOptions) -> Void = { _ in }
    ) throws(RaftCoreError) {
        var nodes: [CoreTestNode] = []
        for id in 1...count {
            nodes.append(
                try CoreTestNode(id, of: count, start: starts?[Int(id - 1)], guards: guards, options: options)
            )
        }
        self.nodes = nodes
    }

    var leader: CoreTestNode? {
        self.nodes.filter { $0.core.role == .leader && !self.isolated.contains($0.id) }.max {
            $0.core.term < $1.core.term
        }
    }

    /// Delivers messages and reports writes until nothing is left to do.
    func settle() throws(RaftCoreError) {
        var rounds = 0
        while rounds < 10_000 {
            rounds += 1
            var isIdle = true
            for node in self.nodes {
                let messages = node.outbox
                node.outbox = []
                for message in messages where !self.isolated.contains(node.id) && !self.isolated.contains(message.to) {
                    isIdle = false
                    try self.nodes[Int(message.to.rawValue - 1)].receive(
                        message.message,
                        from: node.id.rawValue,
                        now: self.now
                    )
                }
                if try !node.persist(now: self.now).isEmpty { isIdle = false }
            }
            if isIdle { return }
        }
    }

    /// Runs the timers of all that are not isolated for some time.
    func run(for duration: Milliseconds) throws(RaftCoreError) {
        let end = self.now + duration
        while self.now < end {
            self.now += 10
            for node in self.nodes where node.core.deadline <= self.now && !self.isolated.contains(node.id) {
                try node.step(.timeout, now: self.now)
            }
            try self.settle()
        }
    }

    /// Makes the first node leader.
    func elect() throws(RaftCoreError) -> CoreTestNode {
        self.now = max(self.now, self.nodes[0].core.deadline)
        try self.nodes[0].step(.timeout, now: self.now)
        try self.settle()
        return self.nodes[0]
    }
}

extension Entry {
    static func command(_ text: String, term: Term = 0) -> Entry {
        Entry(term: term, kind: .command, payload: Array(text.utf8))
    }
}

extension [RaftCoreUpdate.Outgoing] {
    var results: [AppendEntriesResult] {
        self.compactMap { if case .appendEntriesResult(let result) = $0.message { result } else { nil } }
    }
    var votes: [RequestVoteResult] {
        self.compactMap { if case .requestVoteResult(let result) = $0.message { result } else { nil } }
    }
    var appends: [AppendEntries] {
        self.compactMap { if case .appendEntries(let message) = $0.message { message } else { nil } }
    }
}
