import Consensus

/// Disks that are slow, fail, and lose what was not synced.
extension Simulation {
    /// Makes term and vote durable; false when the controller did not survive it.
    func save(_ term: Term, _ vote: ServerID?, _ controller: SimulatedController) throws(Violation) -> Bool {
        let crashes = self.random.chance(permille: self.weather.voteCrashes)
        if crashes { self.report.totals.tornVotes += 1 }
        // A crash in the middle of it leaves the old pair or the new one, and nothing after it has happened.
        if !crashes || self.random.chance(permille: 500) {
            try self.consensus.saved(term, vote, by: controller.server.id)
            controller.disk.saveTermAndVote(term, vote)
        }
        if crashes {
            try self.crash(controller)
        } else if self.random.chance(permille: controller.diskFailure) {
            try self.failDisk(controller)
        }
        return controller.isUp
    }

    /// Queues a write and sets the disk to work.
    func write(_ write: LogWrite, _ ticket: WriteTicket, _ controller: SimulatedController) throws(Violation) {
        switch write {
        case .append(let index, let entries):
            let previous = controller.node?.log.term(at: index - 1)
            try self.consensus.appended(entries, at: index, previousTerm: previous)
        case .install(let snapshot): try self.consensus.installs(snapshot, by: controller.server.id)
        case .compact: break
        }
        controller.disk.queue(write, ticket)
        if self.options.sabotage == .reportEarly {
            self.queue.schedule(.written(controller.index, life: controller.life, ticket), at: self.now)
        }
        self.workDisk(controller)
    }

    private func workDisk(_ controller: SimulatedController) {
        guard !controller.isDiskBusy, controller.disk.pendingCount > 0 else { return }
        controller.isDiskBusy = true
        let count = 1 + self.random.below(controller.disk.pendingCount)
        let done = self.now + self.random.pick(0...controller.diskLatency)
        self.queue.schedule(.diskDone(controller.index, life: controller.life, count: count), at: done)
    }

    func diskDone(_ controller: SimulatedController, _ life: Int, _ count: Int) throws(Violation) {
        guard controller.isUp, controller.life == life else { return }
        controller.isDiskBusy = false
        if self.random.chance(permille: controller.diskFailure) { return try self.failDisk(controller) }
        do {
            guard let ticket = try controller.disk.sync(count) else { return }
            self.workDisk(controller)
            if self.random.chance(permille: 700) {
                try self.drive(controller, .written(ticket))
            } else {
                // Durable, and not yet told: a crash may come between.
                let told = self.now + self.random.pick(0...controller.diskLatency)
                self.queue.schedule(.written(controller.index, life: life, ticket), at: told)
            }
        } catch let error as MemoryLogError {
            throw Violation("\(controller.server.id) wrote what does not fit its log: \(error)")
        } catch let error as Violation {
            throw error
        } catch {
            throw Violation("\(error)")
        }
    }

    private func failDisk(_ controller: SimulatedController) throws(Violation) {
        self.report.totals.diskFailures += 1
        controller.isFailing = true
        try self.drive(controller, .writeFailed("simulated fault"))
        guard !controller.isUp else { throw Violation("\(controller.server.id) went on after a failed write") }
    }

    /// Ends a life at once: what is queued is lost but for a random part, and the last of that may be torn.
    func crash(_ controller: SimulatedController) throws(Violation) {
        guard controller.isUp else { return }
        self.report.totals.crashes += 1
        controller.node = nil
        let pending = controller.disk.pendingCount
        let kept = self.random.below(pending + 1)
        let torn = self.random.below(4)
        if kept < pending, torn > 0 { self.report.totals.tornWrites += 1 }
        do {
            try controller.disk.crash(keeping: kept, tornEntries: torn)
        } catch {
            throw Violation("\(controller.server.id) wrote what does not fit its log: \(error)")
        }
        if self.options.sabotage == .forgetVote {
            controller.disk.saveTermAndVote(controller.disk.durable.term, nil)
        }
        controller.isDiskBusy = false
        controller.isFailing = false
        controller.isStopping = false
        controller.inFlight = [:]
        controller.leaseClock = nil
        let longest = self.now >= self.healAt ? 100 : self.random.choose([150, 150, 800, 3000] as [UInt64])
        let back = self.now + self.random.pick(5...longest)
        self.queue.schedule(.restart(controller.index, life: controller.life), at: back)
    }
}
