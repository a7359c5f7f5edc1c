import Consensus
import Leases

/// Programs that claim, extend, revoke and pin, and repeat themselves when they hear nothing.
extension Simulation {
    /// A client acts: it begins something new, or repeats what it has no answer to.
    func wake(_ index: Int, _ wake: Int) throws(Violation) {
        guard self.clients[index].wake == wake else { return }
        if let current = self.clients[index].current {
            guard current.attempts < 6 else { return try self.giveUp(index) }
        } else {
            guard self.now < self.quietAt else { return }
            self.begin(index)
        }
        guard var current = self.clients[index].current else { return }
        current.attempts += 1
        self.clients[index].current = current
        if !self.random.chance(permille: self.weather.loss / 2) {
            let waiting = SimulatedController.Waiting(client: index, operation: current.operation)
            self.queue.schedule(.request(current.target, waiting), at: self.arrival())
        }
        // Whom to ask next time, unless an answer names somebody.
        self.clients[index].current?.target = self.random.below(self.controllers.count)
        self.sleep(index, self.random.pick(300...1500))
    }

    /// Chooses what to do, and remembers when it was first sent.
    private func begin(_ index: Int) {
        let local = self.clients[index].clock.reading(at: self.now)
        self.clients[index].beliefs.removeAll { $0.until <= local }
        let asked = self.clients[index].unresolved
        self.clients[index].unresolved = nil
        let command =
            asked.map { .resolve($0.command.key, $0.id, notAfter: $0.notAfter) } ?? self.command(of: index)
        if case .revoke(let key, let holder?, _) = command {
            self.clients[index].beliefs.removeAll { $0.key == key }
            self.leases.beliefs.drop(key, by: holder)
        }
        self.clients[index].operations += 1
        let id = OperationID(high: UInt64(index), low: self.clients[index].operations)
        // Fixed with the id: a repetition that may come later than the memory of the first is not the same operation.
        let notAfter = self.clients[index].globalTime.advanced(byMilliseconds: self.random.pick(3_000...20_000))
        self.clients[index].current = SimulatedClient.Current(
            operation: LeaseOperation(id: id, notAfter: notAfter, command: command),
            firstSent: local,
            target: self.random.below(self.controllers.count),
            resolves: asked
        )
    }

    private func command(of index: Int) -> LeaseCommand {
        let client = self.clients[index]
        let wanted = self.keys.prefix(self.weather.wantedLeases)
        let key = wanted[self.random.below(wanted.count)]
        let own = client.beliefs.map(\.key).first(where: wanted.contains) ?? client.beliefs.first?.key ?? key
        let duration = self.random.pick(2_000...8_000)
        switch self.random.below(100) {
        case 0..<66 where !client.beliefs.isEmpty: return .extend(own, holder: client.name, milliseconds: duration)
        case 66..<69 where !client.beliefs.isEmpty: return .revoke(own, holder: client.name, force: false)
        case 69..<71: return .pin(own, entity: client.name)
        case 71..<76: return .unpin(own, entity: client.name)
        case 76..<80 where index == 0: return .unpin(key, entity: nil)
        case 80..<86 where index == 0: return .revoke(key, holder: nil, force: self.random.chance(permille: 300))
        default: return .claim(key, holder: client.name, milliseconds: duration)
        }
    }

    /// An answer reached a client.
    func reply(_ index: Int, _ id: OperationID, _ reply: Reply) throws(Violation) {
        self.clients[index].globalTime = max(self.clients[index].globalTime, reply.globalTime)
        guard let current = self.clients[index].current, current.operation.id == id else { return }
        switch reply.outcome {
        case .applied(.expired):
            self.clients[index].current = nil
            if current.resolves != nil {
                self.clients[index].unresolved = current.resolves
            } else {
                // Too late, and certainly so: an earlier attempt that was applied would be remembered.
                self.report.totals.never += 1
                try self.leases.answeredNever(current.operation.id, byMachine: true)
            }
            self.sleep(index, self.random.pick(20...400))
        case .applied(.resolved(.forgotten)) where current.resolves == nil:
            try self.giveUp(index)
        case .applied(let result):
            self.report.totals.applied += 1
            if self.now >= self.healAt + 3000 { self.appliedAfterHeal += 1 }
            self.clients[index].current = nil
            if case .granted(let grant) = result { try self.believe(index, current, grant) }
            self.sleep(index, self.random.pick(20...400))
        case .never(let leader):
            self.clients[index].current?.refusals += 1
            if let leader { self.clients[index].current?.target = Int(leader.rawValue) - 1 }
            self.sleep(index, self.random.pick(20...150))
        case .unknown: self.sleep(index, self.random.pick(20...150))
        }
    }

    /// The safe rule: from the first sending on, less what two clocks may differ, less a margin.
    private func believe(_ index: Int, _ current: SimulatedClient.Current, _ grant: Grant) throws(Violation) {
        let client = self.clients[index]
        let key = current.operation.command.key
        let trusted = grant.remainingMilliseconds * 99 / 100
        guard trusted > 250 else { return }
        let until =
            self.options.sabotage == .carelessHolder
            ? client.clock.reading(at: self.now) + grant.remainingMilliseconds : current.firstSent + trusted - 250
        guard until > client.clock.reading(at: self.now) else { return }
        self.clients[index].beliefs.removeAll { $0.key == key }
        self.clients[index].beliefs.append(SimulatedClient.Belief(key: key, until: until))
        try self.leases.hold(key, grant, until: client.clock.time(of: until), now: self.now)
    }

    private func giveUp(_ index: Int) throws(Violation) {
        guard let current = self.clients[index].current else { return }
        self.clients[index].current = nil
        if current.refusals == current.attempts {
            self.report.totals.never += 1
            if current.resolves == nil { try self.leases.answeredNever(current.operation.id, byMachine: false) }
        } else {
            self.report.totals.unknown += 1
        }
        if let asked = current.resolves {
            self.clients[index].unresolved = asked
        } else if current.refusals < current.attempts {
            self.clients[index].unresolved = current.operation
        }
        self.sleep(index, self.random.pick(20...400))
    }

    private func sleep(_ index: Int, _ milliseconds: UInt64) {
        self.clients[index].wake += 1
        self.queue.schedule(.client(index, wake: self.clients[index].wake), at: self.now + milliseconds)
    }
}
