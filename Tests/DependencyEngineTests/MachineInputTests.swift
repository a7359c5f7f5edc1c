import Testing

@testable import DependencyEngine

@Suite struct MachineInputTests {
    @Test("an optional input that is not installed holds up nothing")
    func absent() throws {
        var rig = try MachineRig([declare("b", optional: ["a"])])
        #expect(rig.take() == ["start b"])
    }

    @Test("an optional input that is on its way is waited for, no longer than the settle window")
    func onItsWay() throws {
        var rig = try MachineRig([declare("b", optional: ["a"]), declare("a")])
        #expect(rig.take() == ["start a"])
        rig.started("a")
        #expect(rig.take() == ["publish a", "start b"])
        #expect(rig.node("b").received == [1])

        rig = try MachineRig([declare("b", optional: ["a"]), declare("a")])
        rig.advance(.milliseconds(49))
        #expect(rig.take() == ["start a"])
        #expect(!rig.machine.isSettled)
        rig.advance(.milliseconds(1))
        #expect(rig.take() == ["start b"])
    }

    @Test("an optional input that fails while it is waited for is waited for no longer")
    func failsOnItsWay() throws {
        var rig = try MachineRig([declare("b", optional: ["a", "o"]), declare("a"), declare("o")])
        rig.failed("a")
        #expect(rig.take() == ["start a", "start o"])
        rig.failed("o")
        #expect(rig.take() == ["start b"])
    }

    @Test("twenty optional inputs arriving over 50 ms cost their dependent one restart, not twenty")
    func settles() throws {
        let names = (0..<20).map { "o\($0)" }
        var rig = try MachineRig([declare("leaf", optional: names), declare("after", needs: ["leaf"])])
        rig.started("leaf", "after")
        for name in names {
            try rig.install([declare(name)])
            rig.started(name)
            rig.advance(.milliseconds(2))
        }
        _ = rig.take()
        rig.advance(.milliseconds(50))
        #expect(rig.take() == ["retract after", "stop after"])
        rig.ended("after")
        rig.ended("leaf")
        rig.started("leaf", "after")
        rig.advance(.seconds(1))
        #expect(rig.node("leaf").generation == 2)
        #expect(rig.node("after").generation == 2)
        #expect(rig.node("leaf").received == Array(repeating: 1, count: 20))
    }

    @Test("an optional input that stops takes its user down first, and the user comes back without it")
    func goes() throws {
        var rig = try MachineRig([declare("a"), declare("b", optional: ["a"])])
        rig.started("a")
        rig.started("b")
        _ = rig.take()
        rig.send(.park(rig.id("a")))
        #expect(rig.take() == ["retract b", "stop b"])
        rig.ended("b")
        #expect(rig.take() == ["retract a", "stop a", "start b"])
        rig.ended("a")
        rig.started("b")
        #expect(rig.node("b").received == [0])
        #expect(rig.state("b") == .ready)
    }

    @Test("an optional input that bounces quickly costs its user one restart")
    func bounces() throws {
        var rig = try MachineRig([declare("a"), declare("b", optional: ["a"])])
        rig.started("a")
        rig.started("b")
        rig.send(.bounce(rig.id("a")))
        rig.ended("b")
        rig.ended("a")
        rig.advance(.milliseconds(10))
        rig.started("a")
        rig.started("b")
        rig.advance(.seconds(1))
        #expect(rig.node("b").generation == 2)
        #expect(rig.node("b").received == [2])
    }

    @Test("an optional input that came and went inside the window bounces nobody")
    func flaps() throws {
        var rig = try MachineRig([declare("b", optional: ["a"])])
        rig.started("b")
        try rig.install([declare("a", policy: .exact())])
        rig.started("a")
        rig.advance(.milliseconds(20))
        rig.failed("a")
        rig.advance(.milliseconds(500))
        #expect(rig.node("b").generation == 1)
        #expect(rig.state("b") == .ready)
    }

    @Test("deferred inputs order nothing and bounce nobody")
    func deferred() throws {
        var rig = try MachineRig([declare("a", deferred: ["b"]), declare("b", needs: ["a"])])
        rig.started("a")
        rig.started("b")
        #expect(rig.take() == ["start a", "publish a", "start b", "publish b"])
        rig.send(.bounce(rig.id("b")))
        rig.ended("b")
        rig.started("b")
        #expect(rig.take() == ["retract b", "stop b", "start b", "publish b"])
        #expect(rig.node("a").generation == 1)
    }

    @Test("deferred handles keep their value while dependents of a planned stop still end")
    func retractedLate() throws {
        var rig = try MachineRig([declare("a"), declare("b", needs: ["a"]), declare("c", deferred: ["a"])])
        rig.started("a", "b", "c")
        _ = rig.take()
        rig.send(.bounce(rig.id("a")))
        #expect(rig.take() == ["retract b", "stop b"])
        rig.ended("b")
        #expect(rig.take() == ["retract a", "stop a"])
    }
}
