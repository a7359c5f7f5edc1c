import Consensus
import Leases

/// What a leader does with its clients' operations.
extension Simulation {
    func statusChanged(_ status: NodeStatus, _ controller: SimulatedController) {
        if status.isServing {
            // From here on its clock adds to the newest committed global time; without a leader time stands still.
            guard let state = controller.node?.machine.state else { return }
            controller.leaseClock = ClockBase(globalTime: state.globalTime, now: self.reading(controller))
            self.scheduleTick(controller)
        } else {
            controller.leaseClock = nil
        }
        guard status.role != .leader else { return }
        self.answerUnsealed(controller, alsoQueued: true)
    }

    func failed(_ tag: UInt64, _ failure: ProposalFailure, _ controller: SimulatedController) {
        for waiting in controller.inFlight.removeValue(forKey: tag) ?? [] {
            switch failure {
            case .unknown:
                let isHurried = self.options.sabotage == .hurriedNever
                self.answer(waiting, isHurried ? .never(nil) : .unknown, controller)
            case .notLeader(let leader): self.answer(waiting, .never(leader), controller)
            case .overloaded, .tooLarge, .draining: self.answer(waiting, .never(nil), controller)
            }
        }
    }

    /// An operation reached a controller.
    func request(_ controller: SimulatedController, _ waiting: SimulatedController.Waiting) throws(Violation) {
        guard let status = controller.node?.status else { return }
        if status.role != .leader, let leader = status.leader, waiting.hops < 2 {
            // Passed on to the leader: whatever it answers goes back to the client.
            var waiting = waiting
            waiting.hops += 1
            guard !self.random.chance(permille: self.weather.loss / 2) else { return }
            self.queue.schedule(.request(Int(leader.rawValue) - 1, waiting), at: self.arrival())
            return
        }
        guard status.role == .leader else { return self.answer(waiting, .never(status.leader), controller) }
        let deadline = self.now + self.random.pick(50...1_500)
        let arrival = Arrival(
            waiting.operation,
            class: waiting.operation.operationClass,
            bytes: waiting.operation.approximateBytes,
            leaseEnds: self.leaseEnds(waiting.operation, controller),
            deadline: .milliseconds(deadline)
        )
        if case .refused = controller.operations.enqueue(waiting, arrival, now: .milliseconds(self.now)) {
            self.shed(waiting, controller)
        } else {
            self.queue.schedule(.deadline(controller.index, life: controller.life), at: deadline)
        }
        try self.seal(controller)
    }

    /// When the lease to be extended ends, as the leader sees it.
    private func leaseEnds(_ operation: LeaseOperation, _ controller: SimulatedController) -> Duration? {
        guard case .extend(let key, _, _) = operation.command, let lease = controller.node?.machine.state.lease(key)
        else { return nil }
        return .milliseconds(self.now + lease.remainingMilliseconds)
    }

    /// The deadline of something that was queued.
    func deadline(_ controller: SimulatedController) {
        controller.operations.expire(now: .milliseconds(self.now))
        self.answerUnsealed(controller)
    }

    private func shed(_ waiting: SimulatedController.Waiting, _ controller: SimulatedController) {
        self.report.totals.shed += 1
        self.answer(waiting, .never(controller.node?.status.leader), controller)
    }

    /// What has left the queue without having been in any entry, certainly.
    private func answerUnsealed(_ controller: SimulatedController, alsoQueued: Bool = false) {
        let queued = alsoQueued ? controller.operations.removeAll() : []
        for waiting in controller.operations.takeAnswered().map(\.payload) + queued { self.shed(waiting, controller) }
    }

    /// Puts what waits into one entry, unless enough entries are under way.
    func seal(_ controller: SimulatedController) throws(Violation) {
        self.answerUnsealed(controller)
        guard !controller.operations.isEmpty, controller.leaseClock != nil, controller.inFlight.count < self.pipeline
        else { return }
        let items = controller.operations.seal(limit: 16, byteLimit: self.byteLimit, now: .milliseconds(self.now))
        self.answerUnsealed(controller)
        guard !items.isEmpty else { return }
        try self.propose(
            items.map { item in
                var waiting = item.payload
                waiting.operation = waiting.operation.standing(for: item.riders.lazy.map(\.operation))
                waiting.covered = item.riders.map { ($0.client, $0.operation.id) }
                return waiting
            },
            controller
        )
    }

    /// Time passes although nothing is asked for: without it nothing would expire.
    func tick(_ controller: SimulatedController) throws(Violation) {
        guard controller.leaseClock != nil, controller.nextTick <= self.now, self.now < self.quietAt else { return }
        try self.checkLag(controller)
        if controller.inFlight.isEmpty { try self.propose([], controller) }
        self.scheduleTick(controller)
    }

    /// With nothing in its way, committed time follows the leader's clock by no more than two ticks and a little.
    private func checkLag(_ controller: SimulatedController) throws(Violation) {
        guard self.now > self.healAt + 6_000, let clock = controller.leaseClock,
            let state = controller.node?.machine.state, self.leader === controller
        else { return }
        let lag = state.globalTime.milliseconds(until: clock.globalTime(at: self.reading(controller)))
        guard lag <= 2 * self.tickInterval + 500 else { throw Violation("the lease clock lags by \(lag) ms") }
    }

    private func scheduleTick(_ controller: SimulatedController) {
        controller.nextTick = self.now + self.tickInterval
        self.queue.schedule(.tick(controller.index, life: controller.life), at: controller.nextTick)
    }

    private func propose(
        _ sealed: [SimulatedController.Waiting],
        _ controller: SimulatedController
    ) throws(Violation) {
        guard let clock = controller.leaseClock else { return }
        let batch = LeaseBatch(
            clock: self.options.sabotage == .laggingClock && self.now > self.healAt
                ? (controller.node?.machine.state.globalTime ?? .zero).advanced(byMilliseconds: 1)
                : clock.globalTime(at: self.reading(controller)),
            stretchPercent: max(self.weather.stretchPercent, controller.operations.stretchPercent),
            operations: sealed.map(\.operation)
        )
        controller.nextTag += 1
        controller.inFlight[controller.nextTag] = sealed
        try self.drive(controller, .propose(batch.encoded(), tag: controller.nextTag))
    }

    /// What a controller's own clock shows, as its lease clock takes it.
    private func reading(_ controller: SimulatedController) -> Duration {
        let milliseconds = controller.clock.reading(at: self.now)
        return .milliseconds(self.options.sabotage == .hastyClock ? milliseconds + milliseconds / 5 : milliseconds)
    }

    func answer(_ waiting: SimulatedController.Waiting, _ outcome: Reply.Outcome, _ controller: SimulatedController) {
        guard !self.random.chance(permille: self.weather.loss / 2) else { return }
        let reply = Reply(outcome: outcome, globalTime: controller.node?.machine.state.globalTime ?? .zero)
        self.queue.schedule(.reply(waiting.client, waiting.operation.id, reply), at: self.arrival())
        for (client, id) in waiting.covered { self.queue.schedule(.reply(client, id, reply), at: self.arrival()) }
    }
}
