import AgentResources
import Hub
import Leases

extension LeaseManagerWorker {
    /// How long an answer from another controller may take before it is asked for again, at first and at most.
    static let firstRepeat = Duration.milliseconds(150)
    static let slowestRepeat = Duration.seconds(1)
    /// How often in a row a refusal's word about the leader is followed at once.
    private static let hops = 3

    func perform(_ call: LeaseCall) {
        let carrying = Task { await self.answers(to: call.commands, timeout: call.timeout) }
        Task { call.reply(await carrying.value) }
    }

    private func answers(to commands: [IdentifiedCommand], timeout: Duration) async -> [LeaseAnswer] {
        guard !commands.isEmpty else { return [] }
        let timeout = Self.bounded(timeout)
        let deadline = self.now + timeout
        var chosen: GlobalTime?
        if commands.contains(where: { $0.notAfter == nil }) {
            chosen = await self.notAfter(timeout: timeout, deadline: deadline)
        }
        // What has no `notAfter` is not sent: without Raft here until the deadline.
        let sent = commands.indices.filter { (commands[$0].notAfter ?? chosen) != nil }
        var pending = PendingRequests()
        for command in sent.map({ commands[$0] }) {
            guard let notAfter = command.notAfter ?? chosen else { continue }
            let operation = LeaseOperation(id: command.id, notAfter: notAfter, command: command.command)
            pending.add(.apply(operation), isNotAfterGiven: command.notAfter != nil)
        }
        pending = await self.carry(pending, timeout: timeout, deadline: deadline)
        let refusal = Refusal(self.isStopped ? .stopping : .tryAgain)
        var answers = commands.map { LeaseAnswer(key: $0.command.key, outcome: .never(refusal)) }
        for (slot, (place, outcome)) in zip(sent, pending.outcomes).enumerated() {
            answers[place].outcome = outcome
            if case .apply(let operation) = pending[slot] { answers[place].notAfter = operation.notAfter }
        }
        return answers
    }

    /// Brings requests to the leader, again and again if need be, until all have an outcome or the deadline passes.
    func carry(_ requests: PendingRequests, timeout: Duration, deadline: Uptime) async -> PendingRequests {
        var pending = requests
        var backOff = BackOff()
        var hint: UInt64?
        var hopsLeft = Self.hops
        while !pending.isSettled, self.now < deadline, !self.isStopped, !Task.isCancelled {
            if pending.needsNotAfter {
                guard let notAfter = await self.notAfter(timeout: timeout, deadline: deadline) else { break }
                pending.setNotAfter(notAfter)
            }
            let generation = self.view.generation
            guard let route = hint.map({ .to($0) }) ?? self.view.route else {
                await self.view.wait(since: generation, until: deadline)
                continue
            }
            hint = nil
            let open = pending.open
            let attempt = Attempt(count: open.count)
            let outcomes = await self.make(
                attempt,
                for: open.map { pending[$0] },
                by: route,
                chosenAt: generation,
                deadline: deadline
            )
            pending.note(outcomes, of: open)
            guard !pending.isSettled else { break }
            if let leader = pending.leaderHint?.id, leader != self.controller, route != .to(leader), hopsLeft > 0 {
                hint = leader
                hopsLeft -= 1
            } else if let retryAfter = pending.retryAfter {
                // A change of leader does not make room: no earlier than told.
                await self.sleep(until: min(self.now + retryAfter, deadline))
            } else {
                hopsLeft = Self.hops
                await self.view.wait(since: generation, until: min(self.now + backOff.next(), deadline))
            }
        }
        pending.close(self.isStopped ? .stopping : .tryAgain)
        return pending
    }

    /// Sends requests one way and waits for their answers, but not past the deadline and a moment.
    ///
    /// - Parameter generation: the view's, from before the route was looked up.
    func make(
        _ attempt: Attempt,
        for requests: [Submission.Request],
        by route: RaftView.Route,
        chosenAt generation: UInt64,
        deadline: Uptime
    ) async -> [SubmissionOutcome?] {
        let timer = self.timers.schedule(at: deadline + Self.grace) { attempt.giveUp() }
        var sent: [UInt64] = []
        switch route {
        case .here:
            self.operations.submit(
                requests.enumerated().map { slot, request in
                    Submission(request: request, deadline: deadline) { attempt.answer(slot, $0) }
                }
            )
        case .to(let leader):
            sent = self.send(requests, of: attempt, to: leader, deadline: deadline)
            // Checked after registering: a change gives up what is registered, and nobody would this one.
            if self.view.generation != generation { attempt.giveUp() }
        }
        // Checked after registering: whoever stops the worker gives up what is registered before it looks here.
        if self.isStopped { attempt.giveUp() }
        let outcomes = await attempt.outcomes()
        self.timers.cancel(timer)
        self.remote.end(sent)
        return outcomes
    }

    // MARK: By the hub

    /// Publishes requests for `leader` in parts of bounded size; their answers are asked for again until they come.
    private func send(
        _ requests: [Submission.Request],
        of attempt: Attempt,
        to leader: UInt64,
        deadline: Uptime
    ) -> [UInt64] {
        stride(from: 0, to: requests.count, by: LeaseRequest.itemLimit).map { first in
            let part = requests[first..<min(first + LeaseRequest.itemLimit, requests.count)]
            let id = self.remote.begin(attempt, firstSlot: first, count: part.count, leader: leader)
            self.publish(Array(part), id: id, to: leader, deadline: deadline)
            self.askAgain(id, of: leader, deadline: deadline, after: Self.firstRepeat)
            return id
        }
    }

    private func publish(
        _ requests: [Submission.Request],
        id: UInt64,
        isRepeat: Bool = false,
        to leader: UInt64,
        deadline: Uptime
    ) {
        let now = self.now
        let items = requests.map { LeaseRequest.Item(Submission(request: $0, deadline: deadline) { _ in }, now: now) }
        self.hub.publish(
            LeaseRequest(id: id, isRepeat: isRepeat, items: items),
            on: .leaseRequest,
            to: leader
        )
    }

    /// Asks, ever more slowly, for the answer of a request that has none: the request, its answer or the leader that
    /// had it may be gone. A repeat is never carried out, so an answer tells of everything that was sent under its id.
    private func askAgain(_ id: UInt64, of leader: UInt64, deadline: Uptime, after pause: Duration) {
        let instant = self.now + pause
        guard instant < deadline else { return }
        self.timers.schedule(at: instant) { [weak self] in
            guard let self, self.remote.isWaiting(id), !self.isStopped else { return }
            self.publish([], id: id, isRepeat: true, to: leader, deadline: deadline)
            self.askAgain(id, of: leader, deadline: deadline, after: min(pause * 2, Self.slowestRepeat))
        }
    }

    // MARK: Time

    static func bounded(_ timeout: Duration) -> Duration { min(max(timeout, .zero), Self.longestTimeout) }

    /// Until when, in global time, the operations of a call may still be applied; `nil` at the deadline without Raft.
    ///
    /// Taken from the local replica, whose time is never ahead of the leader's.
    private func notAfter(timeout: Duration, deadline: Uptime) async -> GlobalTime? {
        let margin = UInt64((timeout + Self.rememberedBeyondDeadline).wholeMilliseconds)
        while self.now < deadline, !self.isStopped, !Task.isCancelled {
            let generation = self.view.generation
            if let raft = self.view.current {
                return raft.globalTime.advanced(byMilliseconds: min(margin, LeaseLimits.notAfterHorizonMilliseconds))
            }
            await self.view.wait(since: generation, until: deadline)
        }
        return nil
    }

    /// Returns at `instant`, or earlier when the task is cancelled or the worker stops.
    private func sleep(until instant: Uptime) async {
        let over = OneShot<Void>()
        let timer = self.timers.schedule(at: instant) { over.fulfil(()) }
        await over.value(cancelled: ())
        self.timers.cancel(timer)
    }
}
