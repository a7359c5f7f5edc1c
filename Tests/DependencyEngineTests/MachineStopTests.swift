import Logging
import Testing

@testable import DependencyEngine

@Suite struct MachineStopTests {
    private func chain(_ extra: [MachineDeclaration] = []) throws -> MachineRig {
        var rig = try MachineRig(
            [declare("a"), declare("b", needs: ["a"]), declare("c", needs: ["b", "a"])] + extra
        )
        rig.started("a", "b", "c")
        _ = rig.take()
        return rig
    }

    @Test("a bounce stops dependents before their input, at once, and restarts all three levels")
    func bounce() throws {
        var rig = try self.chain()
        rig.send(.bounce(rig.id("a")))
        #expect(rig.take() == ["retract c", "stop c"])
        rig.ended("c")
        #expect(rig.take() == ["retract b", "stop b"])
        rig.ended("b")
        #expect(rig.take() == ["retract a", "stop a"])
        rig.ended("a")
        #expect(rig.take() == ["start a"], "a bounce has no delay")
        rig.started("a", "b", "c")
        #expect(["a", "b", "c"].map { rig.node($0).generation } == [2, 2, 2])
    }

    @Test("a new input never overlaps an old dependent, however long that takes to stop")
    func noOverlap() throws {
        var rig = try self.chain()
        rig.failed("a")
        rig.advance(.seconds(8))
        #expect(!rig.take().contains("start a"))
        #expect(rig.state("a") == .waiting)
        #expect(rig.machine.reason(rig.id("a"), now: rig.now) == "waits for b, c to end")
    }

    @Test("errors after a requested stop are never charged")
    func unchargedStop() throws {
        var rig = try self.chain()
        rig.send(.bounce(rig.id("b")))
        rig.failed("c")
        rig.failed("b")
        #expect(rig.take() == ["retract c", "stop c", "retract b", "stop b", "start b"])
        #expect(rig.node("b").failureCount == 0)
        #expect(rig.events.contains { $0.kind == .stopped && $0.error == "broken" })
        #expect(!rig.events.contains { $0.logLevel >= .warning })
    }

    @Test("a stop that throws ends the wait for it at once")
    func throwingStop() throws {
        var rig = try self.chain()
        rig.send(.park(rig.id("c")))
        rig.failed("c")
        #expect(rig.state("c") == .parked)
        #expect(rig.machine.isSettled)
    }

    @Test("a worker that ignores its stop is cancelled after 10 s and abandoned 5 s later; its input goes on")
    func deadlines() throws {
        var rig = try self.chain()
        rig.send(.bounce(rig.id("b")))
        rig.advance(.seconds(10))
        #expect(rig.take() == ["retract c", "stop c", "cancel c"])
        rig.advance(.seconds(5))
        #expect(rig.take() == ["abandon c", "retract b", "stop b"])
        #expect(rig.machine.makeReport(now: rig.now)["c"]?.abandoned == 1)
        rig.ended("b")
        rig.started("b")
        #expect(rig.state("c") == .starting)
        #expect(rig.node("c").generation == 2)
    }

    @Test("each manifold's own deadlines count")
    func ownDeadlines() throws {
        var rig = try MachineRig([
            declare("a", deadlines: StopDeadlines(graceful: .seconds(1), cancelled: .milliseconds(100)))
        ])
        rig.started("a")
        rig.send(.park(rig.id("a")))
        _ = rig.take()
        rig.advance(.milliseconds(1100))
        #expect(rig.take() == ["cancel a", "abandon a"])
        #expect(rig.now == .milliseconds(1100))
    }

    @Test("a parked manifold stays down through input changes until it is resumed; dependents wait")
    func park() throws {
        var rig = try self.chain()
        rig.send(.park(rig.id("b")))
        rig.ended("c")
        rig.ended("b")
        rig.send(.bounce(rig.id("a")))
        rig.ended("a")
        rig.started("a")
        rig.advance(.seconds(600))
        #expect(rig.state("b") == .parked)
        #expect(rig.state("c") == .waiting)
        rig.send(.resume(rig.id("b")))
        rig.started("b", "c")
        #expect(rig.state("c") == .ready)
    }

    @Test("a manifold may be parked before anything of it ran, and resumed while it still stops")
    func parkEdges() throws {
        var rig = try MachineRig([declare("a", needs: ["x"])])
        rig.send(.park(rig.id("a")))
        try rig.install([declare("x")])
        rig.started("x")
        #expect(rig.state("a") == .parked)
        rig.send(.resume(rig.id("a")))
        rig.started("a")
        rig.send(.park(rig.id("a")))
        rig.send(.resume(rig.id("a")))
        #expect(rig.state("a") == .stopping)
        rig.ended("a")
        #expect(rig.state("a") == .starting)
    }

    @Test("a bounce of one that backs off is its next attempt; of one that is parked it does nothing")
    func bounceOthers() throws {
        var rig = try MachineRig([declare("a"), declare("b")])
        rig.failed("a")
        rig.send(.park(rig.id("b")))
        rig.ended("b")
        _ = rig.take()
        rig.send(.bounce(rig.id("a")))
        rig.send(.bounce(rig.id("b")))
        #expect(rig.take() == ["start a"])
    }

    @Test("uninstalling stops dependents first and forgets; a new manifold of the name wakes them")
    func uninstall() throws {
        var rig = try self.chain()
        rig.send(.uninstall(rig.id("b")))
        rig.ended("c")
        rig.ended("b")
        #expect(rig.take() == ["retract c", "stop c", "retract b", "stop b", "forget b"])
        #expect(rig.state("b") == .unknown)
        #expect(rig.state("c") == .waiting)
        try rig.install([declare("b")])
        rig.started("b", "c")
        #expect(rig.state("c") == .ready)
        rig.send(.bounce(rig.id("a")))
        #expect(rig.state("b") == .ready, "the new b does not need a")
    }

    @Test("what an old instance still says means nothing for the one that runs")
    func oldNews() throws {
        var rig = try MachineRig([declare("a", readiness: .signalled, draining: .seconds(5))])
        rig.started("a")
        rig.send(.bounce(rig.id("a")))
        rig.ended("a")
        rig.started("a")
        _ = rig.take()
        rig.send(.waits(rig.id("a"), generation: 1, for: "something"))
        #expect(rig.machine.waitingFor.isEmpty)
        rig.send(.asksForBounce(rig.id("a"), generation: 1, "changed"))
        #expect(rig.take() == [])
        rig.send(.shutdown(.graceful))
        rig.send(.finishedDraining(rig.id("a"), generation: 1))
        #expect(rig.take() == ["drain a"])
    }

    @Test("deadlines that are no longer wanted do not pile up")
    func oldDeadlines() throws {
        var rig = try MachineRig([declare("a")])
        for _ in 1...1000 {
            rig.started("a")
            rig.send(.bounce(rig.id("a")))
            rig.ended("a")
        }
        #expect(rig.node("a").generation == 1001)
        #expect(rig.machine.timers.count <= 257)
    }
}
