import AgentResources
import Consensus
import Leases
import Logging
import NIOCore

// Operations in, answers out.

extension RaftShell {
    /// The hub has operations where it had none.
    func operationsAvailable() {
        guard !self.isClosed else { return }
        if let leader = self.otherLeader {
            self.parts.operations.refuseAll(Refusal(.notLeader, leader: leader))
        } else {
            self.seal()
        }
    }

    /// Commits the passing of time although nothing else is queued.
    func tickClock() {
        guard self.maySeal else { return }
        self.seal()
        if self.sealing.isIdle { self.propose(SealedSubmissions()) }
    }

    /// Puts what is queued into one entry, if this node serves and the last one is answered: an idle system adds no
    /// delay, a busy one batches by itself. The caller performs the actions that follow.
    func seal() {
        guard self.maySeal else { return }
        let now = Uptime.sinceBoot()
        let sealed = self.parts.operations.seal(
            limit: self.parts.limits.operations,
            byteLimit: self.parts.limits.bytes,
            now: now
        )
        if !sealed.submissions.isEmpty { self.propose(sealed) }
    }

    /// Returns once entry `index` is applied here; `answer` is called on the loop.
    func wait(
        id: UInt64,
        for index: UInt64,
        deadline: Uptime,
        answer: @escaping (Result<Void, RaftError>) -> Void
    ) {
        guard !self.isClosed else { return answer(.failure(.stopping)) }
        guard self.node.status.appliedIndex < index else { return answer(.success(())) }
        let waiter = AppliedWaiters.Waiter(id: id, index: index, answer: answer)
        let delay = max(0, (deadline - .sinceBoot()).wholeMilliseconds)
        waiter.timer = self.parts.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(delay)) {
            self.waiters.fail(
                id,
                RaftError(.deadlineExceeded, "entry \(index) was not applied on this controller in time: try again")
            )
        }
        self.waiters.insert(waiter)
    }

    func applied(_ index: LogIndex, _ tag: UInt64?, _ output: LeaseMachine.Output) {
        if output.results == nil {
            self.parts.logger.error("an entry cannot be read and was skipped", metadata: ["index": "\(index)"])
        }
        if output.events.isEmpty {
            self.parts.events.note(index)
        } else {
            self.parts.events.publish(LeaseEvents(index: index, events: output.events, gap: false))
        }
        self.waiters.applied(index)
        let now = Uptime.sinceBoot()
        let sealed = tag.flatMap { self.sealing.sealedAt($0) }
        self.parts.meter.applied(
            output.events,
            after: sealed.map { now - $0 },
            from: output.from,
            to: output.to,
            now: now
        )
        if let tag { self.sealing.applied(tag: tag, index: index, results: output.results) }
    }

    func failed(_ tag: UInt64, _ failure: ProposalFailure) {
        let outcome: SubmissionOutcome =
            switch failure {
            case .notLeader(let leader): .never(Refusal(.notLeader, leader: leader.flatMap { self.leader($0) }))
            case .overloaded, .tooLarge: .never(Refusal(.overloaded))
            case .draining: .never(Refusal(.stopping))
            case .unknown: .unknown(Refusal(.tryAgain))
            }
        self.sealing.failed(tag: tag, outcome)
    }

    // MARK: Status

    func statusChanged(_ status: NodeStatus) {
        self.visible = status
        self.isPublished = false
        self.parts.logger.info(
            "\(status.role.rawValue) in term \(status.term)",
            metadata: ["leader": "\(status.leader.map { "\($0)" } ?? "none")", "serving": "\(status.isServing)"]
        )
        self.parts.meter.led(by: status.leader.flatMap { self.leader($0) }, term: status.term)
        if status.isServing {
            self.sealing.serves(
                in: status.term,
                globalTime: self.node.machine.replica.globalTime,
                now: .sinceBoot()
            )
        } else {
            self.sealing.stopsServing()
        }
        self.parts.meter.serves(by: self.sealing.clock)
        if let leader = self.otherLeader {
            self.parts.operations.refuseAll(Refusal(.notLeader, leader: leader))
        }
    }

    func publishStatus() {
        if self.node.refusedEvents != self.refusedEvents {
            self.refusedEvents = self.node.refusedEvents
            self.parts.meter.refusedEvents(self.refusedEvents)
        }
        // Nine numbers, and no more than two pointers once one has tripped and nothing else has.
        if self.node.guardTrips != self.guardTrips {
            self.guardTrips = self.node.guardTrips
            self.parts.meter.guardTrips(self.guardTrips)
        }
        let indexes = self.node.status
        // Most turns are a peer's heartbeat or its answer and change nothing.
        guard
            !self.isPublished || indexes.commitIndex != self.visible.commitIndex
                || indexes.appliedIndex != self.visible.appliedIndex
        else { return }
        self.isPublished = true
        self.visible.commitIndex = indexes.commitIndex
        self.visible.appliedIndex = indexes.appliedIndex
        self.parts.status.publish(RaftStatus(self.visible, leader: self.visible.leader.flatMap { self.leader($0) }))
    }

    private var maySeal: Bool {
        !self.isClosed && !self.isDraining && self.visible.isServing && self.sealing.isIdle
    }

    private var otherLeader: Leader? {
        guard let leader = self.visible.leader, leader != self.visible.id else { return nil }
        return self.leader(leader)
    }

    private func leader(_ id: ServerID) -> Leader? {
        self.node.configuration[id].map { Leader(id: $0.id.rawValue, address: $0.address) }
    }

    private func propose(_ sealed: SealedSubmissions) {
        let now = Uptime.sinceBoot()
        guard let clock = self.sealing.globalTime(now: now) else {
            sealed.submissions.reply(.never(Refusal(.tryAgain)))
            return
        }
        let operations = sealed.operationCount
        var writer = LeaseBatchWriter(clock: clock, stretchPercent: sealed.stretchPercent, count: operations)
        for submission in sealed.submissions {
            if case .apply(let operation) = submission.request { writer.write(operation) }
        }
        let payload = writer.bytes
        self.parts.meter.sealed(
            operations: operations,
            reads: sealed.submissions.count - operations,
            bytes: payload.count
        )
        let tag = self.sealing.begin(sealed.submissions, now: now)
        self.handle(.propose(payload, tag: tag))
    }
}

extension RaftStatus {
    init(_ status: NodeStatus, leader: Leader?) {
        let role: RaftRole =
            switch status.role {
            case .unavailable: .unknown
            case .follower: .follower
            case .candidate: .candidate
            case .leader: .leader
            }
        self.init(
            id: status.id.rawValue,
            role: role,
            term: status.term,
            commitIndex: status.commitIndex,
            appliedIndex: status.appliedIndex,
            leader: leader,
            isServing: status.isServing
        )
    }
}
