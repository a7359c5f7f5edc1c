import AgentResources
import Leases

extension LeaseManagerWorker {
    func perform(_ call: LeaseCall) {
        let timeout = min(max(call.timeout, .zero), Self.longestTimeout)
        guard !call.commands.isEmpty else { return call.reply([]) }
        var pending = PendingRequests(
            deadline: self.now + timeout,
            notAfterMargin: timeout + Self.rememberedBeyondDeadline
        )
        pending.slots.reserveCapacity(call.commands.count)
        for command in call.commands {
            pending.add(
                .apply(
                    LeaseOperation(id: command.id, notAfter: command.notAfter ?? .zero, command: command.command)
                ),
                isNotAfterGiven: command.notAfter != nil,
                needsNotAfter: command.notAfter == nil
            )
        }
        let reply = call.reply
        CarriedCall(pending, manager: self, caller: call.caller) { reply($0.answers) }.begin()
    }

    /// Answers what can be answered here and now of the round that begins: what the door refuses, and claims on leases
    /// that another holds. True when nothing is left to send.
    func answerHere(
        _ pending: inout PendingRequests,
        by route: Route,
        raft: (any Proposals)?,
        now: Uptime
    ) -> Bool {
        if let raft, pending.slots.contains(where: { $0.isAnsweredHere(in: pending.round) }) {
            if self.answerHeld(&pending, raft: raft, now: now) { return true }
        }
        let load = self.load(by: route)
        guard !AdmissionDoor.isOpen(load) else { return false }
        let round = pending.round
        var isOver = false
        var refused: UInt64 = 0
        for index in pending.slots.indices where pending.slots[index].round == round {
            guard case .apply(let operation) = pending.slots[index].request,
                let refusal = AdmissionDoor.refusal(
                    of: operation,
                    load: load,
                    now: now,
                    leaseEnds: { self.leaseEnds(.apply(operation), now: now) }
                )
            else { continue }
            refused += 1
            isOver = pending.note(.never(refusal), of: index, round: round, now: now, load: { load })
        }
        if refused > 0 { self.open.count { $0.refusedAtDoor += refused } }
        return isOver
    }

    /// What the leader can take, as far as it has said so lately.
    func load(by route: Route?) -> OperationLoad {
        switch route {
        case .here: self.operations.load
        case .to: self.view.transport?.load ?? OperationLoad()
        case nil: OperationLoad()
        }
    }

    /// Answers claims on leases that another holds, as this replica knows. That may be old, and is harmless: a denied
    /// claim grants nothing.
    ///
    /// Not what may be in a log already, and not what the log has answered once.
    private func answerHeld(_ pending: inout PendingRequests, raft: any Proposals, now: Uptime) -> Bool {
        let round = pending.round
        let index = raft.status.appliedIndex
        var held: [(slot: Int, result: OperationResult)] = []
        raft.read { state in
            for slot in pending.slots.indices where pending.slots[slot].isAnsweredHere(in: round) {
                guard case .apply(let operation) = pending.slots[slot].request,
                    case .claim(let key, let holder, _) = operation.command,
                    let lease = state.lease(key), lease.remainingMilliseconds > 0, !lease.isRevoking,
                    !lease.holder.utf8.elementsEqual(holder.utf8),
                    state.remembered(operation.id, key: key) == nil
                else { continue }
                held.append((slot, .held(by: lease.grant)))
            }
        }
        guard !held.isEmpty else { return false }
        self.open.count { $0.heldLocally += UInt64(held.count) }
        var isOver = false
        for (slot, result) in held {
            isOver = pending.note(.applied(result, index: index), of: slot, round: round, now: now)
        }
        return isOver
    }

    /// When the lease that a request extends ends, as this replica knows; `nil` for anything else.
    func leaseEnds(_ request: Submission.Request, now: Uptime) -> Uptime? {
        guard case .apply(let operation) = request, case .extend(let key, let holder, _) = operation.command,
            let end = self.view.current?.read({ $0.end(of: key) }), end.holder.utf8.elementsEqual(holder.utf8)
        else { return nil }
        return now + .milliseconds(Int64(clamping: end.remainingMilliseconds))
    }
}

extension PendingRequests.Slot {
    /// A claim nobody can have sent before: one that may be in a log must be answered by the log.
    fileprivate func isAnsweredHere(in round: UInt32) -> Bool {
        self.round == round && self.isClaim && !self.mayBeSealed && !self.isNotAfterGiven
    }
}

extension PendingRequests {
    /// One answer a command.
    fileprivate var answers: [LeaseAnswer] {
        self.slots.compactMap { slot in
            slot.outcome.map { LeaseAnswer(outcome: $0, notAfter: slot.notAfter) }
        }
    }
}
