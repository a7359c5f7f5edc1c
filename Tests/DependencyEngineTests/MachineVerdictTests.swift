import Testing

@testable import DependencyEngine

@Suite struct MachineVerdictTests {
    @Test("missing parks until an input changes, one attempt per change, and is not a failure")
    func missing() throws {
        var rig = try MachineRig([declare("a"), declare("b", needs: ["a"])])
        rig.started("a")
        rig.ended("b", error: Verdict.missing("a certificate"))
        #expect(rig.state("b") == .parked)
        rig.advance(.seconds(600))
        #expect(rig.node("b").generation == 1)
        #expect(rig.machine.reason(rig.id("b"), now: rig.now) == "missing: a certificate")
        rig.send(.bounce(rig.id("a")))
        rig.ended("a")
        rig.started("a")
        #expect(rig.node("b").generation == 2)
        #expect(rig.node("b").failureCount == 0)
    }

    @Test("what is parked as missing gets a chance when one of its deferred inputs comes")
    func missingDeferred() throws {
        var rig = try MachineRig([declare("b", deferred: ["a"])])
        rig.ended("b", error: Verdict.missing("a"))
        try rig.install([declare("a")])
        rig.started("a")
        #expect(rig.state("b") == .starting)
    }

    @Test("bounce restarts the worker and its dependents at once, uncharged")
    func bounce() throws {
        var rig = try MachineRig([declare("a"), declare("b", needs: ["a"])])
        rig.started("a", "b")
        rig.advance(.seconds(1))
        _ = rig.take()
        rig.ended("a", error: Verdict.bounce("the term is over"))
        #expect(rig.take() == ["retract a", "retract b", "stop b"])
        rig.ended("b")
        #expect(rig.take() == ["start a"])
        #expect(rig.node("a").failureCount == 0)
        #expect(rig.events.contains { $0.kind == .bounced && $0.reason == "the term is over" })
    }

    @Test("a worker that only bounces is slowed by its back-off from the second time on, still uncharged")
    func bounceLoop() throws {
        var rig = try MachineRig([declare("a", policy: .exact())])
        rig.ended("a", error: Verdict.bounce("again"))
        #expect(rig.state("a") == .starting)
        for delay in [1, 2, 4] {
            rig.ended("a", error: Verdict.bounce("again"))
            #expect(rig.retryIn("a") == .seconds(delay))
            rig.advance(.seconds(delay))
        }
        rig.started("a")
        rig.advance(.milliseconds(100))
        rig.ended("a", error: Verdict.bounce("again"))
        #expect(rig.state("a") == .starting, "it had run for a moment")
        #expect(rig.node("a").failureCount == 0)
    }

    @Test("uninstall forgets the manifold, tells its dependents, and frees the name")
    func uninstall() throws {
        var rig = try MachineRig([declare("a"), declare("b", needs: ["a"])])
        rig.started("a", "b")
        _ = rig.take()
        rig.ended("a", error: Verdict.uninstall)
        #expect(rig.take() == ["retract a", "retract b", "stop b", "forget a"])
        try rig.install([declare("a")])
        #expect(rig.take().isEmpty, "the old b still runs")
        rig.ended("b")
        rig.started("a")
        #expect(rig.take() == ["start a", "publish a", "start b"])
    }

    @Test("a fatal error stops all and is what the engine ends with")
    func fatal() throws {
        var rig = try MachineRig([declare("a"), declare("b", needs: ["a"])])
        rig.started("a", "b")
        _ = rig.take()
        rig.ended("b", error: Verdict.fatal(Broken()))
        #expect(rig.take() == ["retract b", "drain a", "retract a", "stop a"])
        rig.ended("a", error: Verdict.fatal(CancellationError()))
        #expect(rig.outcome == .fatal(rig.id("b"), "broken"), "an error after a requested stop does not count")
    }

    @Test("a fatal error, a shutdown and a cancellation together end the engine once, with the error")
    func together() throws {
        var rig = try MachineRig([declare("a"), declare("b"), declare("c")])
        rig.started("a", "b", "c")
        rig.send(.shutdown(.graceful))
        rig.send(.shutdown(.cancelled))
        rig.send(.shutdown(.graceful))
        rig.ended("a", "b", "c")
        #expect(rig.outcome == .completed)

        rig = try MachineRig([declare("a"), declare("b")])
        rig.started("a", "b")
        rig.ended("a", error: Verdict.fatal(Broken()))
        rig.send(.shutdown(.cancelled))
        rig.ended("b")
        #expect(rig.outcome == .fatal(rig.id("a"), "broken"))
    }

    @Test("a worker that ends well stays down until an input changes, and then runs again")
    func finished() throws {
        var rig = try MachineRig([declare("a"), declare("b", needs: ["a"])])
        rig.started("a", "b")
        rig.ended("b")
        rig.advance(.seconds(600))
        #expect(rig.state("b") == .finished)
        rig.send(.bounce(rig.id("a")))
        rig.ended("a")
        rig.started("a")
        #expect(rig.state("b") == .starting)
    }
}
