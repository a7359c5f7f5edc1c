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
            case .unknown: self.answer(waiting, .unknown, controller)
            case .notLeader(let leader): self.answer(waiting, .never(leader), controller)
            case .overloaded, .tooLarge, .draining: self.answer(waiting, .never(nil), controller)
            }
        }
    }

    /// An operation reached a controller.
    func request(_ controller: SimulatedController, _ waiting: SimulatedController.Waiting) throws(Violation) {
        guard let status = controller.node?.status else { return }
        guard status.role == .leader, controller.waiting.count < 64 else {
            self.answer(waiting, .never(status.leader), controller)
            return
        }
        controller.waiting.append(waiting)
        try self.seal(controller)
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
        if controller.inFlight.isEmpty { try self.propose([], controller) }
        self.scheduleTick(controller)
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
            clock: clock.globalTime(at: self.reading(controller)),
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
    }
}
