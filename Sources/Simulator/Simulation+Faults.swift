import Consensus
import Leases

/// What goes wrong, and when it stops.
extension Simulation {
    /// Rolls new weather for a while, and a crash or a handover now and then.
    func changeWeather() throws(Violation) {
        guard self.now < self.healAt else { return }
        self.weather = Weather(controllers: self.controllers.count)
        if self.random.chance(permille: 400) { self.weather.wantedLeases = 1 + self.random.below(2) }
        if !self.random.chance(permille: 250) {
            self.rollNetwork()
            self.rollDisks()
            if self.random.chance(permille: 300) { self.weather.voteCrashes = 150 }
            if self.random.chance(permille: 300) {
                self.weather.stretchPercent = self.random.choose([100, 150, 400])
            }
        }
        try self.rollCrashes()
        try self.rollHandover()
        self.queue.schedule(.weather, at: self.now + self.random.pick(200...2500))
    }

    private func rollNetwork() {
        if self.random.chance(permille: 600) {
            self.weather.loss = self.random.below(301)
            self.weather.delay = self.random.choose([5, 5, 20, 80, 300, 3000])
        }
        if self.random.chance(permille: 500) { self.weather.duplication = self.random.below(201) }
        let count = self.controllers.count
        guard count > 1, self.random.chance(permille: 600) else { return }
        self.report.totals.partitions += 1
        let leader = self.leader?.index ?? self.random.below(count)
        switch self.random.below(5) {
        case 0: self.weather.divide((0..<count).map { _ in self.random.chance(permille: 500) })
        case 1: self.weather.divide((0..<count).map { $0 == leader })
        case 2: for peer in 0..<count where peer != leader { self.weather.blocked[leader][peer] = true }
        case 3: for peer in 0..<count where peer != leader { self.weather.blocked[peer][leader] = true }
        default:
            for from in 0..<count {
                for to in 0..<count where from != to {
                    self.weather.blocked[from][to] = self.random.chance(permille: 350)
                }
            }
        }
    }

    private func rollDisks() {
        for controller in self.controllers {
            controller.diskLatency = self.random.choose([1, 2, 5, 20, 100, 600])
            controller.diskFailure = self.random.chance(permille: 100) ? 30 : 0
        }
    }

    private func rollCrashes() throws(Violation) {
        switch self.random.below(100) {
        case 0..<5: for controller in self.controllers { try self.crash(controller) }
        case 5..<15: if let leader = self.leader { try self.crash(leader) }
        case 15..<35: try self.crash(self.controllers[self.random.below(self.controllers.count)])
        default: break
        }
    }

    private func rollHandover() throws(Violation) {
        guard let leader = self.leader else { return }
        switch self.random.below(100) {
        case 0..<15:
            let target = self.random.choose(self.configuration.servers).id
            let isFree = target == leader.server.id
            try self.drive(leader, .transferLeadership(to: isFree ? nil : target))
        case 15..<22:
            leader.isStopping = true
            self.queue.schedule(.stop(leader.index, life: leader.life), at: self.now + 4000)
            try self.drive(leader, .drain)
        default: break
        }
    }

    /// From now on nothing goes wrong any more, and everybody comes back.
    func heal() {
        self.weather = Weather(controllers: self.controllers.count)
        for controller in self.controllers {
            controller.diskLatency = 2
            controller.diskFailure = 0
        }
    }

    /// A controller that leads in the newest term, if any does.
    var leader: SimulatedController? {
        var best: (controller: SimulatedController, term: Term)?
        for controller in self.controllers {
            guard let status = controller.node?.status, status.role == .leader, status.term > best?.term ?? 0 else {
                continue
            }
            best = (controller, status.term)
        }
        return best?.controller
    }

    /// The cluster must have come together: one leader, everything applied everywhere, the same state.
    func checkConvergence() throws(Violation) {
        guard let leader = self.leader, let status = leader.node?.status, status.isServing else {
            throw Violation("nobody serves \(self.endAt - self.healAt) ms after the last fault")
        }
        let digest = leader.node?.machine.state.digest
        for controller in self.controllers {
            guard let other = controller.node?.status else { throw Violation("\(controller.server.id) is still down") }
            guard other.appliedIndex == leader.node?.log.lastIndex, other.commitIndex == other.appliedIndex else {
                throw Violation(
                    "\(controller.server.id) applied \(other.appliedIndex) of \(leader.node?.log.lastIndex ?? 0) "
                        + "\(self.endAt - self.healAt) ms after the last fault"
                )
            }
            guard controller.node?.machine.state.digest == digest else {
                throw Violation("\(controller.server.id) has another state than the leader")
            }
            try self.checkLog(controller)
        }
        try self.leases.compare(leader.node?.machine.state.allLeases ?? [])
        guard self.appliedAfterHeal > 0 else { throw Violation("no operation was applied after the last fault") }
    }

    /// No log has an operation that was answered *never*, unless the machine said so and a copy came later.
    private func checkLog(_ controller: SimulatedController) throws(Violation) {
        guard let log = controller.node?.log, log.firstIndex <= log.lastIndex else { return }
        for index in log.firstIndex...log.lastIndex {
            guard let entry = log.entry(at: index), let batch = try? LeaseBatch(decoding: entry.payload) else {
                continue
            }
            for id in batch.operations.flatMap({ [$0.id] + $0.covers })
            where self.leases.refused.contains(id) && !self.leases.outOfUse.contains(id) {
                throw Violation("guarantee 3: operation \(id.low) was answered never and is in a log at \(index)")
            }
        }
    }
}
