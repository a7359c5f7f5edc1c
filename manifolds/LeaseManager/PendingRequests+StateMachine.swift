import AgentResources
import Leases

extension PendingRequests {
    /// What is to be done.
    enum Step: Sendable, Hashable {
        /// Send the slots of the present round: to the operation hub here, or by the transport.
        case send(Route)
        /// Nothing before `until`, or before Raft's state changes when `orChange`.
        case wait(until: Uptime, orChange: Bool)
        /// Everything is settled.
        case answer
    }

    /// What to do now: at the beginning, when a round is over, and when a wait is.
    mutating func next(now: Uptime, outlook: Outlook) -> Step {
        self.generation = outlook.generation
        if self.isSettled { return self.end() }
        guard now < self.deadline else {
            self.close(.tryAgain)
            return self.end()
        }
        var hinted: Route?
        if let ended = self.ended {
            self.ended = nil
            if let leader = ended.leader, let controller = outlook.controller, leader.id != controller,
                self.hopsLeft > 0, self.lastRoute?.leads(to: .to(leader)) != true
            {
                self.hopsLeft -= 1
                hinted = .to(leader)
            } else if let retryAfter = ended.retryAfter, ended.onlyOverload {
                // A change of leader does not make room: no earlier than told.
                return self.wait(until: now + retryAfter, orChange: false)
            } else {
                self.hopsLeft = Self.hops
                return self.wait(until: now + self.backOff.next(spread: self.spread), orChange: true)
            }
        }
        guard let route = hinted ?? outlook.route else { return self.wait(until: self.deadline, orChange: true) }
        if self.needsNotAfter {
            guard let globalTime = outlook.globalTime else { return self.wait(until: self.deadline, orChange: true) }
            self.setNotAfter(by: globalTime)
        }
        self.lastRoute = route
        self.beginRound(by: route)
        return .send(route)
    }

    private mutating func wait(until instant: Uptime, orChange: Bool) -> Step {
        self.round += 1
        self.phase = .waiting(orChange: orChange)
        return .wait(until: min(instant, self.deadline), orChange: orChange)
    }

    private mutating func end() -> Step {
        self.phase = .answered
        return .answer
    }

    /// Notes an answer from `round`; true when there is something to decide now.
    ///
    /// An answer from an earlier round counts only if it came from the log.
    ///
    /// - Parameters:
    ///   - load: what the leader can take at present; asked only after a refusal for load.
    ///   - leaseEnds: when the lease that the request extends ends, as the local replica knows; asked only then too.
    mutating func note(
        _ outcome: SubmissionOutcome,
        of index: Int,
        round: UInt32,
        now: Uptime,
        load: () -> OperationLoad = { OperationLoad() },
        leaseEnds: () -> Uptime? = { nil }
    ) -> Bool {
        guard self.phase != .answered, self.slots.indices.contains(index) else { return false }
        guard case .sent(let missing, let route) = self.phase, self.round == round, self.slots[index].round == round
        else {
            guard case .applied(let result, _) = outcome, result != .expired else { return false }
            self.settle(index, as: outcome)
            return self.isSettled
        }
        self.slots[index].round = 0
        self.phase = .sent(missing: missing - 1, by: route)
        self.note(outcome, of: index, now: now, load: load, leaseEnds: leaseEnds)
        return missing == 1 || self.isSettled
    }

    private mutating func note(
        _ outcome: SubmissionOutcome,
        of index: Int,
        now: Uptime,
        load: () -> OperationLoad,
        leaseEnds: () -> Uptime?
    ) {
        guard self.slots[index].outcome == nil else { return }
        switch outcome {
        case .unknown(let refusal):
            self.slots[index].mayBeSealed = true
            self.leaveOpen(index, refusal)
        case .applied(.expired, _)
        where !self.slots[index].mayBeSealed && !self.slots[index].isNotAfterGiven
            && self.slots[index].expirations < Self.expiredRetries:
            self.slots[index].expirations += 1
            self.slots[index].needsNotAfter = true
            self.needsNotAfter = true
            self.leaveOpen(index, Refusal(.deadlineExceeded))
        case .applied:
            self.settle(index, as: outcome)
        case .never(let refusal):
            switch refusal.reason {
            case .notLeader, .tryAgain, .stopping: self.leaveOpen(index, refusal)
            case .deadlineExceeded, .abandoned: self.settle(index, refused: refusal)
            case .overloaded: self.noteOverload(refusal, of: index, now: now, load: load, leaseEnds: leaseEnds)
            }
        }
    }

    private mutating func leaveOpen(_ index: Int, _ refusal: Refusal) {
        self.slots[index].lastRefusal = refusal
        if let leader = refusal.leader { self.ended?.leader = leader }
        self.ended?.onlyOverload = false
    }

    private mutating func noteOverload(
        _ refusal: Refusal,
        of index: Int,
        now: Uptime,
        load: () -> OperationLoad,
        leaseEnds: () -> Uptime?
    ) {
        self.slots[index].overloads += 1
        self.slots[index].lastRefusal = refusal
        let wait = Duration.milliseconds(Int64(min(refusal.retryAfterMilliseconds ?? 250, 60_000)))
        guard self.slots.count == 1, !self.slots[index].isClaim, !self.slots[index].isSacrificed(load),
            self.slots[index].overloads <= Self.overloadRetries,
            now + wait < min(self.deadline, leaseEnds() ?? self.deadline)
        else { return self.settle(index, refused: refusal) }
        let longest = max(self.ended?.retryAfter ?? .zero, wait)
        self.ended?.retryAfter = longest
    }

    /// Notes that Raft's state has changed; true when there is something to decide now.
    ///
    /// What was sent to who no longer leads is given up, to be sent again: its answers may never come.
    mutating func noteChange(_ outlook: Outlook) -> Bool {
        switch self.phase {
        case .deciding, .answered: return false
        case .waiting(let orChange): return orChange && outlook.generation > self.generation
        case .sent(_, .here): return false
        case .sent(_, by: let route):
            guard outlook.generation > self.generation, outlook.route?.leads(to: route) != true else {
                return false
            }
            for index in self.slots.indices where self.slots[index].round == self.round {
                self.slots[index].round = 0
                guard self.slots[index].outcome == nil else { continue }
                self.slots[index].mayBeSealed = true
                self.slots[index].lastRefusal = nil
            }
            // What was sent was told nothing, so nothing is waited for: decided anew by what is so now.
            self.ended = nil
            self.phase = .deciding
            return true
        }
    }

    /// True when the wait that began as `round` is still on, and so over now.
    mutating func noteTime(round: UInt32) -> Bool {
        guard case .waiting = self.phase, self.round == round else { return false }
        return true
    }

    /// Where in a spread of pauses this call is: by its first operation's id, which is random.
    private var spread: Double {
        guard case .apply(let operation)? = self.slots.first?.request else { return Double(self.round % 8) / 8 }
        return Double((operation.id.low &+ UInt64(self.round) &* 0x9E37_79B9) % 1024) / 1024
    }
}

extension PendingRequests.Slot {
    /// True for an extension that is refused as long as the load is what it is.
    fileprivate func isSacrificed(_ load: () -> OperationLoad) -> Bool {
        guard case .apply(let operation) = self.request, case .extend(let key, _, _) = operation.command else {
            return false
        }
        return AdmissionDoor.refusesExtension(of: key, load: load())
    }
}
