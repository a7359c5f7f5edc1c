/// One controller's whole part in the replicated log, as a value: events in, actions out.
///
/// It owns the consensus core, a copy of the log, and the replicated machine. The raft worker drives it with real
/// clocks, disks and connections, the simulator with pretended ones; neither has rules of its own. Call `start` once,
/// then `handle` for every event, and do the actions in their order. Not thread safe: one owner drives it.
package struct Node<Machine: ReplicatedStateMachine>: ~Copyable {
    package typealias Action = NodeAction<Machine.Output>

    package let server: Server
    package let options: NodeOptions
    /// The replicated machine as of `status.appliedIndex`.
    package internal(set) var machine: Machine
    /// The log as it will be on disk once every queued write is done.
    package internal(set) var log: NodeLog

    var core: RaftCore
    var writes = NodeWrites()
    var proposals = NodeProposals()
    var transfers = NodeTransfers()
    var handover: NodeHandover?
    /// When each peer was last heard.
    var contacts: [ServerID: Milliseconds] = [:]
    var isDraining = false
    var isHalted = false
    var appliedIndex: LogIndex
    /// Index of the entry that brought the configuration in force at `appliedIndex`.
    var configurationIndex: LogIndex
    /// The leader's snapshot whose write is queued, and the state it holds; nothing is applied meanwhile.
    var installing: (snapshot: Snapshot, state: Machine.Restored)?
    /// Bytes of the payloads applied since the last snapshot was begun.
    var bytesSinceSnapshot = 0
    /// Since it was started.
    var hasTakenSnapshot = false
    /// Events the core refused, having changed nothing.
    package internal(set) var refusedEvents: UInt64 = 0
    /// The snapshot the shell is encoding.
    var encoding: SnapshotMetadata?
    /// The term this node leads in, and what its log ended at when it was elected.
    var leadership: (term: Term, electedAt: LogIndex)?
    var reported: NodeStatus
    /// What the event being handled asks for so far.
    var actions: [Action] = []
    /// A log that ended below its snapshot was dropped at the start; the disk must follow.
    let dropsStaleLog: Bool

    /// Starts from what the log store held; `machine` is the empty one, into which the snapshot is restored.
    package init(
        server: Server,
        start: DurableState,
        machine: Machine,
        options: NodeOptions,
        now: Milliseconds
    ) throws(NodeError) {
        let core: RaftCore
        do {
            core = try RaftCore(server: server, start: start, options: options.core, now: now)
        } catch {
            throw NodeError(error.code == .badStart ? .corruptLog : .coreRefused, "\(error.message); \(error.remedy)")
        }
        let whole = start.withoutObsoleteLog
        var machine = machine
        if let snapshot = whole.snapshot {
            do {
                machine.restore(try machine.restored(from: snapshot.data))
            } catch {
                throw NodeError(
                    .corruptSnapshot,
                    "the snapshot at \(snapshot.index) cannot be read (\(error)); restore the data directory from this "
                        + "controller's own backup, or replace it by one with a new id"
                )
            }
        }
        self.server = server
        self.options = options
        self.machine = machine
        self.log = NodeLog(whole)
        self.appliedIndex = whole.snapshot?.index ?? 0
        self.configurationIndex = whole.snapshot?.configurationIndex ?? 0
        self.dropsStaleLog = whole.firstIndex != start.firstIndex
        self.reported = NodeStatus(
            id: server.id,
            role: .unavailable,
            term: 0,
            leader: nil,
            commitIndex: 0,
            appliedIndex: 0,
            isServing: false
        )
        self.core = core
    }

    /// What the start itself asks for; call it once, before any `handle`.
    package mutating func start(now: Milliseconds) -> [Action] {
        if self.dropsStaleLog, let snapshot = self.log.snapshot {
            self.actions.append(.write(.install(snapshot), self.writes.silent()))
        }
        self.absorb(self.core.startUpdate, now: now)
        self.applyCommitted()
        return self.finish(now: now)
    }

    /// Takes one event and tells what to do about it. `now` never goes back.
    package mutating func handle(_ event: NodeEvent, now: Milliseconds) -> [Action] {
        guard !self.isHalted else { return [] }
        switch event {
        case .timeout: if now >= self.core.deadline { self.step(.timeout, now: now) }
        case .received(let message, let from): self.received(message, from: from, now: now)
        case .written(let ticket): self.written(ticket, now: now)
        case .writeFailed(let reason): self.halt("Writing the Raft log failed: \(reason)")
        case .propose(let payload, let tag): self.propose(payload, tag: tag, now: now)
        case .transferLeadership(let target): self.handOver(to: target, now: now)
        case .drain:
            self.isDraining = true
            self.handOver(to: nil, now: now)
        case .snapshotEncoded(let index, let data): self.snapshotEncoded(index, data, now: now)
        case .snapshotTransferEnded(let peer, let delivered):
            if delivered {
                self.transfers.delivered(to: peer, expiry: now + self.options.snapshotAnswerTimeout)
            } else {
                self.transfers.failed(to: peer)
            }
        }
        return self.finish(now: now)
    }

    /// What the node is and knows now.
    package var status: NodeStatus {
        NodeStatus(
            id: self.server.id,
            role: self.isHalted ? .unavailable : self.core.role,
            term: self.core.term,
            leader: self.core.role == .leader ? self.server.id : self.core.leader,
            commitIndex: self.core.commitIndex,
            appliedIndex: self.appliedIndex,
            isServing: self.isServing
        )
    }

    /// When to send `.timeout` at the latest, never once halted; read it again after every event.
    package var deadline: Milliseconds {
        if self.isHalted { return .max }
        if let handover = self.handover { return min(handover.deadline, self.core.deadline) }
        return self.core.deadline
    }

    /// How often each guard of the consensus core has refused or corrected something.
    package var guardTrips: GuardTrips { self.core.guardTrips }

    /// The voters, fixed at bootstrap.
    package var configuration: ClusterConfiguration { self.core.configuration }

    /// On a leader, how far a peer's log is known to be durable and the same as its own.
    package func matchIndex(of peer: ServerID) -> LogIndex? {
        self.core.role == .leader ? self.core.matchIndex(of: peer) : nil
    }

    private var isServing: Bool {
        guard !self.isHalted, let leadership = self.leadership else { return false }
        return self.appliedIndex >= leadership.electedAt
    }
}

extension Node {
    /// Ends the node: nothing is to be trusted but what is on disk.
    mutating func halt(_ reason: String, mayPass: Bool = true) {
        guard !self.isHalted else { return }
        self.isHalted = true
        for tag in self.proposals.takeAll() { self.actions.append(.proposalFailed(tag: tag, .unknown)) }
        self.leadership = nil
        self.actions.append(.halt(NodeHalt(reason, mayPass: mayPass)))
    }

    /// Ends the handling of one event: what follows from the new state, then all actions.
    private mutating func finish(now: Milliseconds) -> [Action] {
        if !self.isHalted {
            self.progressHandover(now: now)
            self.requestSnapshot()
        }
        let status = self.status
        if status.differsVisibly(from: self.reported) {
            self.reported = status
            self.actions.append(.statusChanged(status))
        }
        var actions: [Action] = []
        swap(&actions, &self.actions)
        return actions
    }
}
