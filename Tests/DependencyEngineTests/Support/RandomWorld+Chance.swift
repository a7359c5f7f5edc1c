@testable import DependencyEngine

/// What is random in a `RandomWorld`: graphs, errors and an operator.
extension RandomWorld {
    struct Fatal: RankedError {
        var rank: Int
    }

    /// Any inputs among the earlier manifolds, so that no change of it closes a cycle.
    mutating func randomDeclaration(_ index: Int) -> MachineDeclaration {
        var needs: [String] = []
        var optional: [String] = []
        var deferred: [String] = []
        var live: [String] = []
        for _ in 0..<Int.random(in: 0...3, using: &self.random) {
            let kind = Int.random(in: 0..<10, using: &self.random)
            if kind < 2 {
                deferred.append("m\(Int.random(in: 0..<self.size, using: &self.random))")
            } else if index > 0 {
                let earlier = "m\(Int.random(in: 0..<index, using: &self.random))"
                switch kind {
                case 2: live.append(earlier)
                case 3, 4: optional.append(earlier)
                default: needs.append(earlier)
                }
            }
        }
        // Members stand before those that collect them.
        let isMember = index < self.size / 2 && self.chance(0.3)
        let isCollector = index >= self.size / 2 && self.chance(0.2)
        return declare(
            "m\(index)",
            needs: needs,
            optional: optional,
            deferred: deferred,
            live: live,
            collects: isCollector ? ["g"] : [],
            joins: isMember ? ["g"] : [],
            readiness: self.chance(0.2) ? .signalled : .started,
            policy: self.randomPolicy(),
            draining: self.chance(0.1) ? .seconds(2) : nil
        )
    }

    private mutating func randomPolicy() -> RestartPolicy {
        RestartPolicy(
            budget: self.chance(0.5) ? 3 : 10,
            exhausted: self.isDeadly && self.chance(0.3) ? .endEngine(code: 1) : self.chance(0.2) ? .keepTrying : .park
        )
    }

    /// Any error a worker may throw, verdicts among them.
    mutating func randomError() -> any Error {
        if self.isDeadly && self.chance(0.1) {
            return Verdict.fatal(Fatal(rank: Int.random(in: -1...2, using: &self.random)))
        }
        switch Int.random(in: 0..<20, using: &self.random) {
        case 0, 1: return Verdict.missing("something")
        case 2, 3, 4: return Verdict.bounce("again")
        case 5: return Verdict.uninstall
        case 6, 7: return Verdict.retry(after: .seconds(self.random.nextUnit() * 100 - 10), because: Broken())
        case 8: return StaleInput(provider: "m0", generation: 1)
        default: return Broken()
        }
    }

    /// What the machine is told of an error, some of them classified.
    mutating func classified(_ error: any Error) -> MachineFailure {
        guard self.chance(0.3) else { return MachineFailure(error) }
        let classes: [FailureClass] = [
            .retry, .retryAfter(.seconds(30)), .park("of no use"), .bounce, .uninstall, self.isDeadly ? .fatal : .retry,
        ]
        let failureClass = classes[Int.random(in: classes.indices, using: &self.random)]
        return MachineFailure(error) { _ in failureClass }
    }

    /// Something an operator may do at any time.
    mutating func meddle() throws {
        let id = Int.random(in: self.machine.nodes.indices, using: &self.random)
        switch Int.random(in: 0..<10, using: &self.random) {
        case 0, 1: self.send(.bounce(id))
        case 2: self.send(.park(id))
        case 3, 4: self.send(.resume(id))
        case 5: self.injectFailure(id)
        case 6: self.send(.uninstall(id))
        case 7: try self.reinstall()
        default: try self.change()
        }
    }

    /// Installs again whatever is gone.
    mutating func reinstall() throws {
        guard self.machine.state == .running else { return }
        try self.update(removing: [], installing: self.declared.filter { !self.isInstalled($0.name) })
    }

    /// Removes some, replaces some with what may need other things, adds what is gone, all in one step.
    private mutating func change() throws {
        guard self.machine.state == .running else { return }
        var removed: [String] = []
        var added: [MachineDeclaration] = []
        for index in self.declared.indices {
            let isInstalled = self.isInstalled(self.declared[index].name)
            if isInstalled {
                if self.chance(0.7) { continue }
                removed.append(self.declared[index].name)
            }
            if self.chance(0.2) { continue }
            if self.chance(0.5) { self.declared[index] = self.randomDeclaration(index) }
            added.append(self.declared[index])
        }
        try self.update(removing: removed, installing: added.shuffled(using: &self.random))
    }

    private func isInstalled(_ name: String) -> Bool {
        self.machine.futureDeclaration(name, without: []) != nil
    }
}
