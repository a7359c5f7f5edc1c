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
        for waiting in controller.waiting { self.answer(waiting, .never(status.leader), controller) }
        controller.waiting = []
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
        guard status.role == .leader, self.hasRoom(controller, waiting.operation.command) else {
            self.answer(waiting, .never(status.leader), controller)
            return
        }
        if !self.join(waiting, controller) { controller.waiting.append(waiting) }
        try self.seal(controller)
    }

    /// Under load claims are refused before anything else is.
    private func hasRoom(_ controller: SimulatedController, _ command: LeaseCommand) -> Bool {
        if case .claim = command { return controller.waiting.count < min(self.weather.room, 48) }
        return controller.waiting.count < 64
    }

    /// Lets an extension that waits stand for another of the same lease by the same holder.
    private func join(_ waiting: SimulatedController.Waiting, _ controller: SimulatedController) -> Bool {
        guard case .extend(let key, let holder, let milliseconds) = waiting.operation.command else { return false }
        for index in controller.waiting.indices {
            let first = controller.waiting[index]
            guard case .extend(key, holder, let others) = first.operation.command,
                first.operation.covers.count < LeaseLimits.coveredOperations,
                waiting.operation.notAfter <= first.operation.notAfter
            else { continue }
            let longest = max(milliseconds, others)
            controller.waiting[index].operation.command = .extend(key, holder: holder, milliseconds: longest)
            controller.waiting[index].operation.covers.append(waiting.operation.id)
            controller.waiting[index].covered.append((waiting.client, waiting.operation.id))
            return true
        }
        return false
    }

    /// Puts what waits into one entry, unless enough entries are under way.
    func seal(_ controller: SimulatedController) throws(Violation) {
        guard !controller.waiting.isEmpty, controller.leaseClock != nil, controller.inFlight.count < self.pipeline
        else {
            return
        }
        let count = min(controller.waiting.count, 16)
        let sealed = Array(controller.waiting.prefix(count))
        controller.waiting.removeFirst(count)
        try self.propose(sealed, controller)
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
            stretchPercent: self.weather.stretchPercent,
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
