import AgentResources
import Leases
import NIOConcurrencyHelpers

/// Some requests on their way to the leader, from the first try to the answer: one object a call. Thread-safe.
///
/// Whoever brings news (an answer, a change, the time) advances it on its own thread; nothing runs in between.
final class CarriedCall: Sendable {
    private struct State: Sendable {
        var pending: PendingRequests
        var place: Int?
        var timer: Timers.ID?
    }

    /// What is to be done once the lock is open again.
    private enum Work: Sendable {
        case send([Submission], Route)
        case wait(until: Uptime, orChange: Bool, round: UInt32, generation: UInt64)
        case answer(PendingRequests, place: Int?, timer: Timers.ID?)
        case decide
    }

    private let manager: LeaseManagerWorker
    private let caller: Caller?
    private let deadline: Uptime
    /// Up to how many open calls this one is let in.
    let openLimit: Int
    /// False for the lease manager's own reads.
    let isCounted: Bool
    private let reply: @Sendable (PendingRequests) -> Void
    private let state: NIOLockedValueBox<State>

    /// - Parameter reply: called once, outside any lock, with everything settled.
    init(
        _ pending: PendingRequests,
        manager: LeaseManagerWorker,
        caller: Caller?,
        isCounted: Bool = true,
        reply: @escaping @Sendable (PendingRequests) -> Void
    ) {
        self.manager = manager
        self.caller = caller
        self.deadline = pending.deadline
        self.isCounted = isCounted
        self.openLimit = OpenCalls.limit(for: pending)
        self.reply = reply
        self.state = .init(State(pending: pending))
    }

    /// Sets out; to be called once.
    func begin() {
        switch self.manager.open.add(self) {
        case .taken(let place):
            self.state.withLockedValue { $0.place = place }
            self.advance()
        case .closed: self.giveUp(.stopping)
        case .full: self.giveUp(.overloaded)
        }
    }

    /// Whether whoever asked has left.
    var isGone: Bool { self.caller?.isGone ?? false }

    // MARK: News

    /// Raft's state or the transport has changed.
    func changed() {
        let outlook = self.manager.view.look().outlook
        if self.state.withLockedValue({ $0.pending.noteChange(outlook) }) { self.advance() }
    }

    /// Looks for what nobody tells: a caller that has left, an answer that should have come long ago.
    func sweep(now: Uptime) {
        if self.isGone { return self.giveUp(.abandoned) }
        if now >= self.deadline + LeaseManagerWorker.grace { self.giveUp(.tryAgain) }
    }

    /// Answers with what is known now.
    func giveUp(_ reason: Refusal.Reason) {
        let work = self.state.withLockedValue { state -> Work? in
            guard state.pending.phase != .answered else { return nil }
            state.pending.close(reason)
            state.pending.phase = .answered
            return Self.answer(&state)
        }
        if let work { self.carryOut(work) }
    }

    fileprivate func note(_ answers: [SlotAnswer], round: UInt32) {
        let now = self.manager.now
        let goesOn = self.state.withLockedValue { state in
            var goesOn = false
            for answer in answers where state.pending.slots.indices.contains(answer.slot) {
                let request = answer.outcome.isForLoad ? state.pending.slots[answer.slot].request : nil
                let route = state.pending.lastRoute
                let hasNews = state.pending.note(
                    answer.outcome,
                    of: answer.slot,
                    round: round,
                    now: now,
                    load: { self.manager.load(by: route) },
                    leaseEnds: { request.flatMap { self.manager.leaseEnds($0, now: now) } }
                )
                goesOn = goesOn || hasNews
            }
            return goesOn
        }
        if goesOn { self.advance() }
    }

    private func timeReached(round: UInt32) {
        if self.state.withLockedValue({ $0.pending.noteTime(round: round) }) { self.advance() }
    }

    // MARK: What follows

    /// Does what is to be done now, until something has to be waited for.
    private func advance() {
        if self.isGone { return self.giveUp(.abandoned) }
        while true {
            let now = self.manager.now
            let (outlook, raft) = self.manager.view.look()
            let work = self.state.withLockedValue { state -> Work? in
                guard state.pending.phase != .answered else { return nil }
                switch state.pending.next(now: now, outlook: outlook) {
                case .send(let route):
                    let isOver = self.manager.answerHere(&state.pending, by: route, raft: raft, now: now)
                    if isOver { return .decide }
                    return .send(self.submissions(&state.pending), route)
                case .wait(let instant, let orChange):
                    return .wait(
                        until: instant,
                        orChange: orChange,
                        round: state.pending.round,
                        generation: state.pending.generation
                    )
                case .answer:
                    return Self.answer(&state)
                }
            }
            guard let work else { return }
            if case .decide = work { continue }
            return self.carryOut(work, raft: raft, now: now)
        }
    }

    private static func answer(_ state: inout State) -> Work {
        defer {
            state.timer = nil
            // What it carried is nobody's any more, though late answers may keep the call itself for a while.
            state.pending.slots = []
        }
        return .answer(state.pending, place: state.place, timer: state.timer)
    }

    private func submissions(_ pending: inout PendingRequests) -> [Submission] {
        let round = Round(self, number: pending.round)
        var submissions: [Submission] = []
        submissions.reserveCapacity(pending.openCount)
        for index in pending.slots.indices where pending.slots[index].round == round.number {
            submissions.append(
                Submission(
                    request: pending.slots[index].request,
                    deadline: self.deadline,
                    address: ReplyAddress(round, slot: index)
                )
            )
        }
        return submissions
    }

    private func carryOut(_ work: Work, raft: (any Proposals)? = nil, now: Uptime = .zero) {
        switch work {
        case .decide: return
        case .send(let submissions, .here):
            if let raft {
                self.manager.operations.submit(submissions, orderedBy: raft, now: now)
            } else {
                self.manager.operations.submit(submissions)
            }
        case .send(let submissions, .to(let leader)):
            if let transport = self.manager.view.transport {
                transport.carry(submissions, to: leader)
            } else {
                submissions.reply(.never(Refusal(.tryAgain)))
            }
            self.lookAgain()
        case .wait(let instant, let orChange, let round, _):
            let timer = self.manager.timers.schedule(at: instant) { self.timeReached(round: round) }
            let isLate = self.state.withLockedValue { state in
                guard case .waiting = state.pending.phase, state.pending.round == round else { return true }
                state.timer = timer
                return false
            }
            if isLate { return self.manager.timers.cancel(timer) }
            if orChange { self.lookAgain() }
        case .answer(let pending, let place, let timer):
            if let timer { self.manager.timers.cancel(timer) }
            self.manager.open.remove(place, pending)
            self.reply(pending)
        }
    }

    /// Looks for a change since the look that was decided by: whoever tells of changes may have been here before.
    private func lookAgain() {
        let generation = self.state.withLockedValue { $0.pending.generation }
        if self.manager.view.generation != generation { self.changed() }
    }
}

/// One round of a call's requests, which takes their answers.
private final class Round: AnswerTaker {
    private let call: CarriedCall
    let number: UInt32

    init(_ call: CarriedCall, number: UInt32) {
        self.call = call
        self.number = number
    }

    var isGone: Bool { self.call.isGone }

    func take(_ answers: [SlotAnswer]) { self.call.note(answers, round: self.number) }
}

extension SubmissionOutcome {
    /// Whether it was refused because there is too much to do.
    fileprivate var isForLoad: Bool {
        if case .never(let refusal) = self { refusal.reason == .overloaded } else { false }
    }
}
