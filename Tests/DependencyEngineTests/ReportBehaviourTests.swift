import DependencyEngineTesting
import Testing

@testable import DependencyEngine

@Suite struct ReportBehaviourTests {
    @Test("a report says of what runs: ready, for how long, which generation, how often it started")
    func ready() throws {
        var rig = try MachineRig([declare("a"), declare("b", readiness: .signalled)])
        rig.started("a", "b")
        rig.advance(.milliseconds(250))
        let report = rig.machine.makeReport(now: rig.now)
        #expect(report.state == .running)
        let a = try #require(report["a"])
        #expect(a.state == .ready && a.reason == nil && a.generation == 1 && a.startCount == 1 && a.attempt == 1)
        #expect(a.readyForMilliseconds == 250)
        #expect(a.declaredAt == "Graph/a.swift:1")
        let b = try #require(report["b"])
        #expect(b.state == .started && b.readyForMilliseconds == nil && b.reason == "has not said it is ready")
    }

    @Test("a report after the end is still given, and shows every manifold down")
    func stopped() throws {
        var rig = try MachineRig([declare("a"), declare("b", needs: ["a"])])
        rig.started("a", "b")
        rig.send(.shutdown(.graceful))
        #expect(rig.machine.makeReport(now: rig.now).state == .stopping)
        rig.ended("b", "a")
        let report = rig.machine.makeReport(now: rig.now)
        #expect(report.state == .stopped)
        #expect(report.manifolds.map(\.name) == ["a", "b"])
        #expect(report.manifolds.allSatisfy { $0.state == .waiting && $0.reason == "the engine is stopped" })
        #expect(report.manifolds.allSatisfy { $0.generation == 1 && $0.readyForMilliseconds == nil })
    }

    @Test("a report says of a worker that ignores its stop that it stops, and why, until it is abandoned")
    func stopping() throws {
        var rig = try MachineRig([declare("a"), declare("b", needs: ["a"])])
        rig.started("a", "b")
        rig.send(.bounce(rig.id("a")))
        for _ in 0..<3 {
            let report = rig.machine.makeReport(now: rig.now)
            #expect(report["b"]?.state == .stopping && report["b"]?.reason == "its input a stops")
            #expect(report["a"]?.state == .stopping)
            #expect(report["a"]?.reason == "bounced on request; waits for b to end")
            rig.advance(.seconds(4))
        }
        rig.advance(.seconds(3))
        let report = rig.machine.makeReport(now: rig.now)
        #expect(report["b"]?.abandoned == 1 && report["b"]?.state == .waiting)
        #expect(report["a"]?.reason == "bounced on request")
        // The end of an abandoned one, whenever it comes, is heard.
        rig.send(.ended(rig.id("b"), generation: 1, nil))
        #expect(rig.machine.makeReport(now: rig.now)["b"]?.abandoned == 0)
    }

    @Test("a report lists inputs as declared, each with its kind, its state and whether it can be used")
    func inputs() throws {
        var rig = try MachineRig([
            declare("user", needs: ["a", "b"], optional: ["c"], deferred: ["d"]), declare("a"), declare("b"),
            declare("d"),
        ])
        rig.started("a", "d")
        let inputs = try #require(rig.machine.makeReport(now: rig.now)["user"]?.inputs)
        #expect(inputs.map(\.name) == ["a", "b", "c", "d"])
        #expect(inputs.map(\.kind) == [.required, .required, .optional, .deferred])
        #expect(inputs.map(\.state) == [.ready, .starting, .unknown, .ready])
        #expect(inputs.map(\.available) == [true, false, false, true])
    }

    @Test("a report keeps the last error until the manifold was healthy again, finished, or was resumed")
    func error() throws {
        func lastError(_ rig: MachineRig) -> String? { rig.machine.makeReport(now: rig.now)["a"]?.lastError }
        var rig = try MachineRig([declare("a", policy: .exact(budget: 2))])
        rig.failed("a")
        #expect(lastError(rig) == "broken")
        rig.advance(.seconds(1))
        rig.started("a")
        rig.advance(.seconds(59))
        #expect(lastError(rig) == "broken", "it has not been ready for long enough")
        rig.advance(.seconds(1))
        #expect(lastError(rig) == nil)
        #expect(rig.machine.explain(rig.id("a"), now: rig.now).lastError == nil)
        #expect(rig.machine.makeReport(now: rig.now)["a"]?.failureCount == 1, "how often it failed in all stays")

        rig.failed("a")
        rig.advance(.seconds(1))
        rig.failed("a")
        #expect(rig.state("a") == .parked && lastError(rig) == "broken")
        rig.send(.resume(rig.id("a")))
        #expect(rig.state("a") == .starting && lastError(rig) == nil)

        rig.failed("a")
        rig.advance(.seconds(1))
        rig.ended("a")
        #expect(rig.state("a") == .finished && lastError(rig) == nil)
    }

    @Test("what is parked as missing is left alone when its input stops for good")
    func missingForGood() throws {
        var rig = try MachineRig([declare("a"), declare("b", needs: ["a"])])
        rig.started("a")
        rig.ended("b", error: Verdict.missing("a certificate"))
        rig.send(.park(rig.id("a")))
        rig.ended("a")
        rig.advance(.seconds(600))
        #expect(rig.node("b").generation == 1)
        #expect(rig.state("b") == .parked)
    }

    @Test("a start that waits for its optional inputs outlives a required input that goes and comes meanwhile")
    func interruptedWait() throws {
        var rig = try MachineRig([declare("a"), declare("late"), declare("b", needs: ["a"], optional: ["late"])])
        rig.started("a")
        rig.advance(.milliseconds(30))
        #expect(rig.take() == ["start a", "start late", "publish a"])
        rig.send(.bounce(rig.id("a")))
        rig.ended("a")
        rig.advance(.milliseconds(30))
        #expect(rig.take() == ["retract a", "stop a", "start a"], "its window ended with a away")
        rig.started("a")
        rig.advance(.milliseconds(50))
        #expect(rig.take() == ["publish a", "start b"])
        #expect(rig.node("b").generation == 1)
    }

    @Test("a chain of twenty, declared in any order, takes twenty starts")
    func chain() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<20 {
            let chain = (0..<20).map { declare("m\($0)", needs: $0 == 0 ? [] : ["m\($0 - 1)"]) }
            var rig = try MachineRig(chain.shuffled(using: &generator))
            for number in 0..<20 { rig.started("m\(number)") }
            #expect(rig.take().count(where: { $0.hasPrefix("start ") }) == 20)
        }
    }

    @Test("a report is in the order of names, those that came after the last one too")
    func order() async throws {
        try await withEngine([Manifold("m") { IdleWorker() }]) { engine, _ in
            #expect(await engine.report().manifolds.map(\.name) == ["m"])
            try await engine.install([Manifold("z") { IdleWorker() }, Manifold("a") { IdleWorker() }])
            #expect(await engine.report().manifolds.map(\.name) == ["a", "m", "z"])
        }
    }
}
