import Consensus
import Leases

/// Driving nodes: what the raft worker does, with pretended disks and clocks.
extension Simulation {
    /// Starts a controller from its disk.
    func start(_ controller: SimulatedController) throws(Violation) {
        controller.life += 1
        controller.operations = OperationQueue(bounds: self.bounds)
        if self.random.chance(permille: 500) { controller.clock = SimulatedClock(random: &self.random) }
        var options = self.nodeOptions
        options.core.seed = UInt32(truncatingIfNeeded: self.random.next())
        let local = controller.clock.reading(at: self.now)
        let machine = LeaseMachine(sabotage: self.options.sabotage)
        do {
            controller.node = try Node(
                server: controller.server,
                start: controller.disk.durable,
                machine: machine,
                options: options,
                now: local
            )
        } catch {
            throw Violation("\(controller.server.id) does not start: \(error)")
        }
        controller.disk = MemoryLog(controller.disk.durable)
        controller.commitIndex = 0
        controller.lastApplied = controller.disk.durable.snapshot?.index ?? 0
        controller.ledTerm = 0
        controller.timer = .max
        guard let actions = controller.node?.start(now: local) else { return }
        try self.perform(actions, controller)
        try self.look(controller)
    }

    /// Gives a running node an event and does what it asks for.
    func drive(_ controller: SimulatedController, _ event: NodeEvent) throws(Violation) {
        let local = controller.clock.reading(at: self.now)
        guard let actions = controller.node?.handle(event, now: local) else { return }
        try self.perform(actions, controller)
        try self.look(controller)
        try self.seal(controller)
    }

    func timer(_ controller: SimulatedController, _ life: Int) throws(Violation) {
        guard controller.life == life, controller.timer <= self.now else { return }
        controller.timer = .max
        try self.drive(controller, .timeout)
    }

    private func perform(
        _ actions: [NodeAction<LeaseMachine.Output>],
        _ controller: SimulatedController
    ) throws(Violation) {
        for action in actions {
            switch action {
            case .saveTermAndVote(let term, let vote):
                guard try self.save(term, vote, controller) else { return }
            case .write(let write, let ticket): try self.write(write, ticket, controller)
            case .send(let message, let peer): try self.send(message, from: controller, to: peer)
            case .applied(let index, let tag, let output): try self.applied(index, tag, output, controller)
            case .proposalFailed(let tag, let failure): self.failed(tag, failure, controller)
            case .statusChanged(let status): self.statusChanged(status, controller)
            case .restored(let index):
                self.report.totals.installs += 1
                controller.lastApplied = index
            case .takeSnapshot(let index): try self.takeSnapshot(index, controller)
            case .transferEnded(let succeeded):
                if succeeded { self.report.totals.transfers += 1 }
                if controller.isStopping { return try self.crash(controller) }
            case .halt(let reason):
                guard controller.isFailing else { throw Violation("\(controller.server.id) halted: \(reason)") }
                return try self.crash(controller)
            }
        }
    }

    /// Compares what the node is now with what everybody ever was, and sets its timer.
    private func look(_ controller: SimulatedController) throws(Violation) {
        guard let status = controller.node?.status else { return }
        let id = controller.server.id
        if status.commitIndex != controller.commitIndex {
            let old = controller.commitIndex
            controller.commitIndex = status.commitIndex
            try self.consensus.commits(
                from: old,
                to: status.commitIndex,
                in: status.term,
                by: id,
                termAt: { controller.node?.log.term(at: $0) }
            )
        }
        if status.role == .leader, controller.ledTerm != status.term {
            controller.ledTerm = status.term
            try self.consensus.leads(
                id,
                term: status.term,
                lastIndex: controller.node?.log.lastIndex ?? 0,
                firstIndex: controller.node?.log.firstIndex ?? 1,
                termAt: { controller.node?.log.term(at: $0) }
            )
        }
        var fingerprint = self.report.fingerprint
        for value in [self.now, id.rawValue, status.term, status.commitIndex, status.appliedIndex] {
            fingerprint = (fingerprint ^ value) &* 0x0000_0100_0000_01b3
        }
        self.report.fingerprint = fingerprint
        let deadline = max(self.now + 1, controller.clock.time(of: controller.node?.deadline ?? .max))
        if deadline < controller.timer {
            controller.timer = deadline
            self.queue.schedule(.timer(controller.index, life: controller.life), at: deadline)
        }
    }

    private func applied(
        _ index: LogIndex,
        _ tag: UInt64?,
        _ output: LeaseMachine.Output,
        _ controller: SimulatedController
    ) throws(Violation) {
        let id = controller.server.id
        guard let entry = controller.node?.log.entry(at: index) else {
            throw Violation("\(id) applied \(index), which is not in its log")
        }
        // Its own commit index is looked at only after the actions, and nobody may have said so before.
        if index > controller.commitIndex, let status = controller.node?.status {
            try self.consensus.commits(
                from: controller.commitIndex,
                to: index,
                in: status.term,
                by: id,
                termAt: { controller.node?.log.term(at: $0) }
            )
            controller.commitIndex = index
        }
        try self.consensus.applied(index, term: entry.term, by: id)
        if let known = self.outputs[index] {
            guard known.output == output else { throw Violation("\(id) applied \(index) with another outcome") }
            guard controller.lastApplied >= known.previous, controller.lastApplied < index else {
                throw Violation("\(id) applied \(index) after \(controller.lastApplied)")
            }
        } else {
            guard index > self.lastCommand else { throw Violation("\(id) applied \(index), which all others left out") }
            let batch: LeaseBatch
            do {
                batch = try LeaseBatch(decoding: entry.payload)
            } catch {
                throw Violation("the batch of \(index) cannot be read: \(error)")
            }
            try self.leases.applied(batch, output, now: self.now)
            if controller.node?.status.appliedIndex == index {
                for key in Set(batch.operations.map(\.command.key)) {
                    try self.leases.compare(key, controller.node?.machine.state.lease(key))
                }
            }
            self.outputs[index] = (output, self.lastCommand)
            self.lastCommand = index
        }
        controller.lastApplied = index
        if let tag, let waiting = controller.inFlight.removeValue(forKey: tag) {
            guard waiting.count == output.results.count else {
                throw Violation("\(id) answers proposal \(tag) with entry \(index), which is another")
            }
            for (one, result) in zip(waiting, output.results) { self.answer(one, .applied(result), controller) }
        }
    }

    private func takeSnapshot(_ index: LogIndex, _ controller: SimulatedController) throws(Violation) {
        guard let status = controller.node?.status, status.appliedIndex == index,
            let data = controller.node?.machine.encodedSnapshot()
        else { throw Violation("a snapshot of \(index) was asked for when the machine was elsewhere") }
        self.report.totals.snapshots += 1
        try self.consensus.snapshot(data, at: index, by: controller.server.id)
        self.queue.schedule(
            .encoded(controller.index, life: controller.life, index, data),
            at: self.now + self.random.pick(0...60)
        )
    }
}
