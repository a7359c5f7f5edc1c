import Testing

@testable import DependencyEngine

@Suite struct MachineShutdownTests {
    private func chain(draining: Duration? = nil) throws -> MachineRig {
        var rig = try MachineRig([
            declare("a", draining: draining), declare("b", needs: ["a"]), declare("c", needs: ["b"]),
        ])
        rig.started("a", "b", "c")
        _ = rig.take()
        return rig
    }

    @Test("a shutdown drains everything, then stops leaf to root")
    func order() throws {
        var rig = try self.chain()
        rig.send(.shutdown(.graceful))
        #expect(rig.take() == ["drain c", "drain b", "drain a", "retract c", "stop c"])
        rig.ended("c")
        rig.ended("b")
        rig.ended("a")
        #expect(rig.take() == ["retract b", "stop b", "retract a", "stop a", "finished"])
        #expect(rig.outcome == .completed)
        #expect(rig.machine.state == .stopped)
    }

    @Test("nothing is stopped before a worker that asked for time has drained, or its time is over")
    func waitsForDrain() throws {
        var rig = try self.chain(draining: .seconds(3))
        rig.send(.shutdown(.graceful))
        #expect(rig.take() == ["drain c", "drain b", "drain a"])
        #expect(rig.machine.state == .draining)
        rig.send(.finishedDraining(rig.id("a"), generation: 1))
        #expect(rig.take() == ["retract c", "stop c"])

        rig = try self.chain(draining: .seconds(3))
        rig.send(.shutdown(.graceful))
        rig.advance(.seconds(3))
        #expect(rig.take().suffix(2) == ["retract c", "stop c"])
    }

    @Test("a worker that ends while it drains is not waited for, nor started again")
    func endsWhileDraining() throws {
        var rig = try self.chain(draining: .seconds(3))
        rig.send(.shutdown(.graceful))
        rig.failed("a")
        rig.advance(.seconds(5))
        rig.ended("c")
        rig.ended("b")
        #expect(!rig.take().contains { $0.hasPrefix("start") })
        #expect(rig.outcome == .completed)
    }

    @Test("a shutdown of nothing, or before the run, is over at once")
    func empty() throws {
        var rig = try MachineRig([declare("a")], running: false)
        rig.send(.shutdown(.graceful))
        #expect(rig.take() == ["finished"])
    }

    @Test("a shutdown takes no more than 20 s, whatever ignores it, and says who did")
    func deadline() throws {
        let names = (0..<10).map { "m\($0)" }
        var rig = try MachineRig(names.indices.map { declare(names[$0], needs: $0 == 0 ? [] : [names[$0 - 1]]) })
        for name in names { rig.started(name) }
        rig.send(.shutdown(.graceful))
        rig.advance(.seconds(20))
        #expect(rig.outcome == .completed)
        #expect(names.allSatisfy { rig.node($0).abandoned == 1 })
        #expect(rig.events.filter { $0.kind == .abandoned }.count == 10)
        let stops = rig.take().filter { $0.hasPrefix("stop ") }
        #expect(stops.count == 10, "each is asked once")
    }

    @Test("a start under way at the shutdown is cancelled, and the shutdown waits for its end")
    func starting() throws {
        var rig = try MachineRig([declare("a")])
        rig.send(.shutdown(.graceful))
        #expect(rig.take() == ["start a", "drain a", "stop a", "cancel start of a"])
        rig.ended("a", error: CancellationError())
        #expect(rig.outcome == .completed)
    }

    @Test("a cancelled engine stops dependents first, cancelling each, within 5 s")
    func cancelled() throws {
        var rig = try self.chain()
        rig.send(.shutdown(.cancelled))
        #expect(rig.take() == ["retract c", "stop c", "cancel c"])
        rig.ended("c")
        #expect(rig.take() == ["retract b", "stop b", "cancel b"])
        rig.advance(.seconds(5))
        #expect(rig.outcome == .completed)
        #expect(rig.node("b").abandoned == 1)
    }

    @Test("a cancellation during a graceful shutdown makes it hastier")
    func upgraded() throws {
        var rig = try self.chain()
        rig.send(.shutdown(.graceful))
        rig.advance(.seconds(1))
        _ = rig.take()
        rig.send(.shutdown(.cancelled))
        #expect(rig.take() == ["cancel c"])
        rig.ended("c")
        #expect(rig.take() == ["retract b", "stop b", "cancel b"])
    }

    @Test("no back-off, settle window or install starts anything during a shutdown")
    func noStarts() throws {
        var rig = try MachineRig([declare("a"), declare("b"), declare("c", optional: ["b"])])
        rig.started("a")
        rig.failed("a")
        rig.send(.shutdown(.graceful))
        _ = rig.take()
        rig.advance(.seconds(2))
        #expect(!rig.take().contains { $0.hasPrefix("start ") })
    }

    @Test("a cancellation late in a graceful shutdown does not prolong it")
    func lateCancellation() throws {
        var rig = try MachineRig([
            declare("a", deadlines: StopDeadlines(graceful: .seconds(60), cancelled: .seconds(60)))
        ])
        rig.started("a")
        rig.send(.shutdown(.graceful))
        rig.advance(.seconds(14))
        rig.send(.shutdown(.cancelled))
        rig.advance(.seconds(6))
        #expect(rig.outcome == .completed)
        #expect(rig.node("a").abandoned == 1)
    }

    @Test("an engine that ended while a manifold waited for its settle window is settled")
    func settles() throws {
        var rig = try MachineRig([declare("a"), declare("b", optional: ["a"])])
        #expect(!rig.machine.isSettled)
        rig.send(.shutdown(.graceful))
        rig.ended("a", error: CancellationError())
        #expect(rig.outcome == .completed)
        #expect(rig.machine.isSettled)
    }

    @Test("an optional input that comes while a worker drains does not stop it")
    func arrivesWhileDraining() throws {
        var rig = try MachineRig([declare("a"), declare("b", optional: ["a"], draining: .seconds(5))])
        rig.advance(.milliseconds(50))
        rig.started("b")
        rig.send(.shutdown(.graceful))
        _ = rig.take()
        rig.started("a")
        rig.advance(.seconds(4))
        #expect(!rig.take().contains("stop b"))
        rig.send(.finishedDraining(rig.id("b"), generation: 1))
        #expect(rig.take().contains("stop b"))
    }

    @Test("a worker that asks to be started again while others drain is stopped in its turn")
    func asksWhileDraining() throws {
        var rig = try MachineRig([declare("a"), declare("b", needs: ["a"], draining: .seconds(5))])
        rig.started("a", "b")
        rig.send(.shutdown(.graceful))
        _ = rig.take()
        rig.send(.asksForBounce(rig.id("a"), generation: 1, "changed"))
        #expect(rig.take() == [])
        rig.advance(.seconds(5))
        #expect(rig.take() == ["retract b", "stop b"])
    }

    @Test("a drain on word from outside stops nothing before the shutdown")
    func heldDrain() throws {
        var rig = try MachineRig([declare("a", draining: .seconds(5))])
        rig.started("a")
        _ = rig.take()
        rig.send(.drain)
        rig.send(.finishedDraining(rig.id("a"), generation: 1))
        rig.advance(.seconds(10))
        #expect(rig.take() == ["drain a"])
        #expect(rig.machine.hasDrained)
        rig.send(.shutdown(.graceful))
        #expect(rig.take() == ["retract a", "stop a"])
    }

    @Test("the last quarter of a shutdown waits for no dependents: everything left is asked and cancelled")
    func lastQuarter() throws {
        let slow = StopDeadlines(graceful: .seconds(60), cancelled: .seconds(60))
        var rig = try MachineRig([declare("a", deadlines: slow), declare("b", needs: ["a"], deadlines: slow)])
        rig.started("a", "b")
        rig.send(.shutdown(.graceful))
        _ = rig.take()
        rig.advance(.seconds(15))
        #expect(rig.take().contains("stop a"))
    }
}
