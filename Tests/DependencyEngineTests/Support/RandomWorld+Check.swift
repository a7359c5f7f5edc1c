@testable import DependencyEngine

/// What must hold in a `RandomWorld` whatever happens.
extension RandomWorld {
    /// What the end of an instance must do to the count of failures.
    enum Charge {
        case none, one, any
    }

    /// Called when an instance begins: it has its required inputs, and overlaps nobody that holds its old output.
    func checkBegin(_ id: ManifoldID) -> [(provider: ManifoldID, generation: Int)] {
        let name = self.machine.nodes[id].name
        var received: [(ManifoldID, Int)] = []
        for (index, input) in self.machine.nodes[id].inputs.enumerated() {
            let generation = self.machine.nodes[id].received[index]
            if input.kind == .required && generation == 0 { self.violation("\(name) starts without input") }
            if generation != 0 { received.append((input.provider, generation)) }
            let provider = self.instances[Key(id: input.provider, generation: generation)]
            if generation != 0 && (provider == nil || provider?.asked != 0) {
                self.violation("\(name) starts with the output of a worker that has ended or was asked to")
            }
        }
        for (key, other) in self.instances where !other.isAbandoned {
            let overlaps = key.id == id || other.received.contains { $0.provider == id }
            if overlaps { self.violation("\(name) overlaps an old dependent or itself") }
        }
        return received
    }

    /// Says what `failure` must cost, before the machine is told of it.
    mutating func charge(_ key: Key, _ instance: Instance, _ failure: MachineFailure?) -> (Charge, failures: Int) {
        let before = self.machine.nodes[key.id].failureCount
        guard instance.asked == 0, !instance.isAbandoned, self.machine.state != .stopped else { return (.none, before) }
        // Its stop may have been decided and it was not yet told: its dependents end first.
        let isWanted = self.machine.nodes[key.id].instance?.stopReason == nil
        guard isWanted, let failure else { return (.none, before) }
        switch failure.kind {
        case .failed: return (.one, before)
        case .fatal:
            self.deadly.append((key.id, failure.rank))
            return (.none, before)
        case .missing, .parked, .bounce, .uninstall, .dismissed: return (.none, before)
        }
    }

    func checkCharge(_ id: ManifoldID, _ expected: (charge: Charge, failures: Int), _ failure: MachineFailure?) {
        let node = self.machine.nodes[id]
        // A node that was removed meanwhile, or that got a successor, has a clean record.
        let isNew = node.declaration == nil || (node.startCount == 0 && node.failureCount == 0)
        guard !isNew else { return }
        switch expected.charge {
        case .any: break
        case .none where node.failureCount != expected.failures:
            self.violation("\(node.name) was charged for \(failure?.message ?? "nothing")")
        case .one where node.failureCount != expected.failures + 1:
            self.violation("\(node.name) was not charged for \(failure?.message ?? "nothing")")
        default: break
        }
        guard expected.charge == .one, let asked = failure?.retryAfter, let retryAt = node.retryAt else { return }
        if retryAt - self.now < asked { self.violation("\(node.name) is tried again too soon") }
    }

    /// Which error must be told: the highest rank, the first of those.
    var expectedEnd: ManifoldID? {
        guard let highest = self.deadly.map(\.rank).max() else { return nil }
        return self.deadly.first { $0.rank == highest }?.id
    }

    /// What must hold after every step. Plain comparisons: this runs a million times.
    func check() {
        var live = 0
        var moving = 0
        var draining = 0
        for id in self.machine.nodes.indices {
            if self.machine.nodes[id].instance != nil { live += 1 }
            if self.machine.nodes[id].isMoving { moving += 1 }
            if self.machine.nodes[id].isDrainPending { draining += 1 }
            self.check(id)
        }
        if self.machine.live != live { self.violation("count of live instances") }
        if self.machine.moving != moving { self.violation("count of what moves") }
        if self.machine.drainPending != draining { self.violation("count of what drains") }
        if self.machine.timers.count > max(256, 8 * self.machine.nodes.count) + 64 { self.violation("old deadlines") }
        if self.machine.waitingFor.keys.contains(where: { self.machine.nodes[$0].instance?.phase != .started }) {
            self.violation("what nobody waits for is kept")
        }
        for group in self.machine.groups { self.check(group) }
    }

    /// Each member is one input of each that collects them.
    private func check(_ group: MachineGroup) {
        for consumer in group.consumers {
            let inputs = self.machine.nodes[consumer.manifold].inputs
            for member in group.members
            where inputs.count(where: { $0.group != nil && $0.provider == member.manifold }) != 1 {
                self.violation("\(self.machine.nodes[member.manifold].name) in \(group.name)")
            }
        }
    }

    private func check(_ id: ManifoldID) {
        let node = self.machine.nodes[id]
        for dependent in node.dependents {
            let inputs = self.machine.nodes[dependent.manifold].inputs
            guard inputs.indices.contains(dependent.input), inputs[dependent.input].provider == id else {
                self.violation("an edge of \(node.name) that is none")
                continue
            }
        }
        if node.isMoving != node.isInMotion { self.violation("what moves: \(node.name)") }
        var unmet = 0
        for (index, input) in node.inputs.enumerated() where input.kind != .deferred {
            let isOffered = self.machine.nodes[input.provider].isOffered
            if input.kind == .required && !isOffered { unmet += 1 }
            guard node.received[index] != 0, node.instance?.stopReason == nil else { continue }
            if !isOffered || self.machine.nodes[input.provider].generation != node.received[index] {
                self.violation("\(node.name) runs on a stale \(self.machine.nodes[input.provider].name)")
            }
        }
        if node.unmet != unmet { self.violation("unmet of \(node.name)") }
        let users = node.dependents.count { self.machine.nodes[$0.manifold].received[$0.input] != 0 }
        if node.users != users { self.violation("users of \(node.name)") }
        if node.isOffered && (node.instance?.phase != .ready || !node.isPublished) {
            self.violation("\(node.name) is offered and not ready")
        }
        if node.isPublished && node.instance == nil { self.violation("\(node.name) is published and does not run") }
        if self.machine.state == .running && node.declaration != nil && node.instance == nil && node.hold == nil
            && node.retryAt == nil && node.unmet == 0 && node.users == 0 && node.settle != .armed
        {
            self.violation("\(node.name) could start and does not")
        }
    }
}
