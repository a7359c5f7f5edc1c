import DependencyEngineTesting
import MetricsTestKit
import Testing

@testable import DependencyEngine

@Suite(.timeLimit(.minutes(1))) struct MetricsTests {
    private func take(_ rig: MachineRig, into factory: TestMetrics) {
        var metrics = EngineMetrics(factory)
        for event in rig.events { metrics.take(event) }
    }

    /// The states of a manifold and what its meters show.
    private func states(_ factory: TestMetrics, _ name: String) -> [String: Double] {
        var states: [String: Double] = [:]
        for meter in factory.meters(label: "engine_state") {
            let dimensions = Dictionary(meter.dimensions, uniquingKeysWith: { first, _ in first })
            if dimensions["manifold"] == name { states[dimensions["state"] ?? ""] = meter.lastValue }
        }
        return states
    }

    @Test("starts, failures, bounces and durations are counted for each manifold")
    func counts() throws {
        var rig = try MachineRig([declare("a", policy: .exact()), declare("b", needs: ["a"], policy: .exact())])
        rig.advance(.milliseconds(250))
        rig.started("a")
        rig.started("b")
        rig.send(.bounce(rig.id("a")))
        rig.advance(.milliseconds(40))
        rig.ended("b")
        rig.ended("a")
        rig.started("a")
        rig.started("b")
        rig.failed("b")
        rig.advance(.seconds(1))
        rig.started("b")
        let factory = TestMetrics()
        self.take(rig, into: factory)
        let (a, b) = ([("manifold", "a")], [("manifold", "b")])
        #expect(try factory.expectCounter("engine_starts", a).totalValue == 2)
        #expect(try factory.expectCounter("engine_starts", b).totalValue == 3)
        #expect(try factory.expectCounter("engine_bounces", a).totalValue == 1)
        #expect(try factory.expectCounter("engine_bounces", b).totalValue == 1)
        #expect(try factory.expectCounter("engine_failures", b).totalValue == 1)
        #expect(try factory.expectTimer("engine_ready_seconds", a).values == [250_000_000, 0])
        #expect(try factory.expectTimer("engine_start_seconds", a).values == [250_000_000, 0])
        #expect(try factory.expectTimer("engine_stop_seconds", b).values == [40_000_000])
    }

    @Test("a worker that says itself when it is ready has both durations")
    func signalled() throws {
        var rig = try MachineRig([declare("flag", readiness: .signalled)])
        rig.advance(.milliseconds(2))
        rig.started("flag")
        rig.advance(.milliseconds(5))
        rig.signalReady("flag")
        let factory = TestMetrics()
        self.take(rig, into: factory)
        #expect(try factory.expectTimer("engine_start_seconds", [("manifold", "flag")]).values == [2_000_000])
        #expect(try factory.expectTimer("engine_ready_seconds", [("manifold", "flag")]).values == [7_000_000])
    }

    @Test("the state meter is 1 for the state a report shows, and 0 for those before")
    func state() throws {
        var rig = try MachineRig([declare("a", policy: .exact()), declare("b", needs: ["a"])])
        func check(_ name: String) {
            let factory = TestMetrics()
            self.take(rig, into: factory)
            let states = self.states(factory, name)
            #expect(states[rig.state(name).rawValue] == 1, "\(name): \(rig.state(name))")
            #expect(states.values.reduce(0, +) == 1)
        }
        check("b")
        rig.started("a")
        rig.started("b")
        check("a")
        rig.failed("a")
        check("a")
        check("b")
        rig.ended("b")
        rig.advance(.seconds(1))
        check("a")
        rig.started("a")
        rig.send(.park(rig.id("b")))
        check("b")
        rig.ended("b")
        check("b")
        rig.send(.resume(rig.id("b")))
        check("b")
        rig.started("b")
        rig.ended("b")
        check("b")
        rig.send(.fail(rig.id("a"), MachineFailure(Broken())))
        rig.ended("a")
        check("a")
        #expect(rig.state("a") == .backingOff)
    }

    @Test("what is uninstalled takes its metrics with it")
    func uninstalled() throws {
        var rig = try MachineRig([declare("a")])
        rig.started("a")
        rig.send(.uninstall(rig.id("a")))
        rig.ended("a")
        let factory = TestMetrics()
        self.take(rig, into: factory)
        #expect(factory.counters.isEmpty)
        #expect(factory.meters.isEmpty)
        #expect(factory.timers.isEmpty)
    }

    @Test("an engine made with a factory tells it; one made without has none to tell")
    func engine() async throws {
        let factory = TestMetrics()
        let engine = Engine(metrics: factory, clock: ManualClock())
        try await engine.install(recordingChain(Journal()))
        let run = Task { try await engine.run() }
        try await engine.settled()
        engine.shutdown()
        try await run.value
        for name in ["a", "b", "c"] {
            #expect(try factory.expectCounter("engine_starts", [("manifold", name)]).totalValue == 1)
        }
        #expect(await Engine().hasMetrics == false)
    }
}

extension Engine {
    fileprivate var hasMetrics: Bool { self.metrics != nil }
}
