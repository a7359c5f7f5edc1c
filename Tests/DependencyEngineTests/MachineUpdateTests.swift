import Testing

@testable import DependencyEngine

extension MachineRig {
    mutating func update(removing: [String] = [], installing: [MachineDeclaration] = []) throws {
        try self.machine.update(removing: removing, installing: installing, now: self.now)
        self.keep(self.machine.takeActions())
    }
}

@Suite struct MachineUpdateTests {
    /// a ← b ← c, all running.
    private func running() throws -> MachineRig {
        var rig = try MachineRig([declare("a"), declare("b", needs: ["a"]), declare("c", needs: ["b"])])
        rig.started("a", "b", "c")
        _ = rig.take()
        return rig
    }

    @Test("a replaced manifold: dependents stop first, then it, then the new one starts, and they come back, once each")
    func replaced() throws {
        var rig = try self.running()
        try rig.update(removing: ["a"], installing: [declare("a", site: "New.swift:1")])
        #expect(rig.take() == ["retract c", "stop c"])
        #expect(rig.state("a") == .stopping)
        rig.ended("c")
        #expect(rig.take() == ["retract b", "stop b"])
        rig.ended("b")
        #expect(rig.take() == ["retract a", "stop a"])
        rig.ended("a")
        #expect(rig.take() == ["start a"])
        #expect(rig.node("a").declaration?.site == "New.swift:1")
        rig.started("a", "b", "c")
        #expect(rig.take() == ["publish a", "start b", "publish b", "start c", "publish c"])
        #expect(rig.machine.isSettled)
    }

    @Test("several replaced at once start once each, on one another's new outputs")
    func severalReplaced() throws {
        var rig = try self.running()
        // Named in an unhelpful order on purpose.
        try rig.update(
            removing: ["a", "c", "b"],
            installing: [declare("b", needs: ["a"]), declare("a"), declare("c")]
        )
        rig.ended("c", "b", "a")
        #expect(rig.take().filter { $0.hasPrefix("start") } == ["start c", "start a"])
        rig.started("c", "a", "b")
        #expect(rig.take().filter { $0.hasPrefix("start") } == ["start b"])
        #expect(rig.state("b") == .ready)
    }

    @Test("names only removed go, names only installed come, in the same step; what needs a removed one waits")
    func mixed() throws {
        var rig = try self.running()
        try rig.update(removing: ["b"], installing: [declare("d", needs: ["a"])])
        #expect(rig.take() == ["retract c", "stop c", "start d"])
        rig.ended("c", "b")
        #expect(rig.take() == ["retract b", "stop b", "forget b"])
        #expect(rig.state("b") == .unknown)
        #expect(rig.state("c") == .waiting)
        #expect(rig.state("a") == .ready, "nobody replaced it")
    }

    @Test("a new manifold does not start on the output of one that is being replaced")
    func newcomerWaits() throws {
        var rig = try self.running()
        try rig.update(removing: ["a"], installing: [declare("a"), declare("d", needs: ["a"])])
        #expect(!rig.take().contains("start d"))
        rig.ended("c", "b", "a")
        rig.started("a")
        #expect(rig.take().suffix(3) == ["publish a", "start b", "start d"])
    }

    @Test(
        "a replaced manifold that did not run is replaced at once, with a clean record, also after it failed for good"
    )
    func notRunning() throws {
        var rig = try MachineRig([declare("a", policy: .exact(budget: 1)), declare("b", needs: ["a"])])
        rig.failed("a")
        #expect(rig.state("a") == .parked)
        _ = rig.take()
        try rig.update(removing: ["a"], installing: [declare("a")])
        #expect(rig.take() == ["start a"])
        #expect(rig.node("a").failures == 0)
        #expect(rig.node("a").lastError == nil)
    }

    @Test("a refused update changes nothing: unknown name, name taken, wrong type, cycle")
    func refused() throws {
        var rig = try self.running()
        let before = rig.machine.makeReport(now: rig.now)
        #expect(throws: InstallError.notInstalled("nobody")) {
            try rig.update(removing: ["a", "nobody"], installing: [declare("a"), declare("d")])
        }
        #expect(throws: InstallError.duplicate(name: "b", site: "Graph/b.swift:1", existing: "Graph/b.swift:1")) {
            try rig.update(removing: ["a"], installing: [declare("a"), declare("b")])
        }
        let other = declare("a", outputType: Int.self)
        #expect(throws: InstallError.typeMismatch(name: "a", provided: "Int", needed: "()", by: "b")) {
            try rig.update(removing: ["a"], installing: [other])
        }
        #expect(throws: InstallError.self) {
            try rig.update(removing: ["a"], installing: [declare("a", needs: ["c"])])
        }
        #expect(rig.take().isEmpty)
        #expect(rig.machine.makeReport(now: rig.now) == before)
        #expect(rig.machine.successors.isEmpty)
    }

    @Test(
        "what an update takes away does not count against it: types may change with their users, cycles may turn round"
    )
    func checkedAsItWillBe() throws {
        var rig = try self.running()
        let a = declare("a", needs: ["c"], outputType: Int.self)
        try rig.update(removing: ["a", "b", "c"], installing: [a, declare("b"), declare("c", needs: ["b"])])
        rig.ended("c", "b", "a")
        rig.started("b", "c", "a")
        #expect(["a", "b", "c"].allSatisfy { rig.state($0) == .ready })
    }

    @Test("a second update while the first is under way: only the newest declaration starts")
    func twice() throws {
        var rig = try self.running()
        try rig.update(removing: ["b"], installing: [declare("b", needs: ["a"], site: "Second.swift:1")])
        try rig.update(removing: ["b"], installing: [declare("b", needs: ["x"], site: "Third.swift:1")])
        #expect(rig.machine.successors.count == 1)
        rig.ended("c", "b")
        #expect(rig.state("b") == .waiting, "the third needs what nobody provides")
        #expect(rig.node("b").declaration?.site == "Third.swift:1")
        // Its own declaration is what a further update sees.
        #expect(throws: InstallError.self) { try rig.install([declare("x", needs: ["c"])]) }
        try rig.install([declare("x")])
        rig.started("x", "b", "c")
        #expect(rig.state("c") == .ready)
    }

    @Test("types and cycles are checked against declarations that still wait for an old instance to end")
    func againstPending() throws {
        var rig = try self.running()
        try rig.update(removing: ["b"], installing: [declare("b", needs: ["x"])])
        let x = declare("x", outputType: Int.self)
        #expect(throws: InstallError.typeMismatch(name: "x", provided: "Int", needed: "()", by: "b")) {
            try rig.install([x])
        }
        #expect(throws: InstallError.self) { try rig.install([declare("x", needs: ["b"])]) }
        #expect(throws: InstallError.self) { try rig.install([declare("b")]) }
    }

    @Test("uninstalling meanwhile takes the waiting declaration away too, and an update can remove it again")
    func uninstalledMeanwhile() throws {
        var rig = try self.running()
        try rig.update(removing: ["c"], installing: [declare("c")])
        rig.send(.uninstall(rig.id("c")))
        rig.ended("c")
        #expect(rig.state("c") == .unknown)
        try rig.update(removing: ["b"], installing: [declare("b")])
        try rig.update(removing: ["b"])
        #expect(throws: InstallError.notInstalled("b")) { try rig.update(removing: ["b"]) }
        rig.ended("b")
        #expect(rig.state("b") == .unknown)
        #expect(rig.take().filter { $0.hasPrefix("start") }.isEmpty)
    }

    @Test("a name that is on its way out may be installed again: it starts when the old instance has ended")
    func installedAgain() throws {
        var rig = try self.running()
        rig.send(.uninstall(rig.id("c")))
        try rig.install([declare("c", needs: ["a"])])
        #expect(rig.take() == ["retract c", "stop c"])
        rig.ended("c")
        #expect(rig.take() == ["start c"])
    }

    @Test("parked meanwhile, or before, the new declaration stays down until resumed")
    func parked() throws {
        var rig = try self.running()
        rig.send(.park(rig.id("c")))
        rig.ended("c")
        try rig.update(removing: ["b", "c"], installing: [declare("b", needs: ["a"]), declare("c", needs: ["a"])])
        rig.send(.park(rig.id("b")))
        rig.ended("b")
        #expect(rig.state("b") == .parked)
        #expect(rig.state("c") == .parked)
        _ = rig.take()
        rig.send(.resume(rig.id("b")))
        rig.send(.resume(rig.id("c")))
        #expect(rig.take() == ["start b", "start c"])
    }

    @Test("an old instance that never ends is abandoned and replaced; its late end changes nothing")
    func abandoned() throws {
        var rig = try self.running()
        try rig.update(removing: ["c"], installing: [declare("c", needs: ["b"])])
        rig.advance(.seconds(15))
        #expect(rig.take() == ["retract c", "stop c", "cancel c", "abandon c", "start c"])
        #expect(rig.node("c").abandoned == 1)
        rig.send(.ended(rig.id("c"), generation: 1, MachineFailure(Broken())))
        #expect(rig.node("c").abandoned == 0)
        rig.started("c")
        #expect(rig.state("c") == .ready)
    }

    @Test("a shutdown meanwhile ends the engine; nothing new starts")
    func shutdownMeanwhile() throws {
        var rig = try self.running()
        try rig.update(removing: ["b"], installing: [declare("b")])
        rig.send(.shutdown(.graceful))
        rig.ended("c", "b", "a")
        #expect(rig.outcome == .completed)
        #expect(!rig.take().contains { $0.hasPrefix("start") })
        #expect(throws: InstallError.ended) { try rig.update(removing: ["b"]) }
    }

    @Test("errors of a replaced instance are not charged to its successor")
    func notCharged() throws {
        var rig = try self.running()
        try rig.update(removing: ["c"], installing: [declare("c")])
        rig.failed("c")
        #expect(rig.node("c").failures == 0)
        #expect(rig.node("c").failureCount == 0)
        #expect(rig.state("c") == .starting)
    }
}
