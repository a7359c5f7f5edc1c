import DependencyEngineTesting
import Logging
import ServiceLifecycle
import Testing

@testable import DependencyEngine

extension Input where Self == Resource<Engine> {
    fileprivate static var inner: Self { .init("inner") }
}

private func noting(_ journal: Journal, _ name: String, needs input: Resource<String>) -> Manifold {
    Manifold(name, needs: input) { value in Recording(name: "\(name) on \(value)", journal: journal) }
}

/// Provides under `resource` how often it was started.
private func counting(_ resource: Resource<String>) -> Manifold {
    let starts = Box()
    return Manifold(resource) {
        starts.value += 1
        return ClosureWorker { await $0.stop.wait() }
    } provides: { _ in
        "\(resource.name)\(starts.value)"
    }
}

@Suite(.timeLimit(.minutes(1))) struct NestedEngineTests {
    @Test("a nested engine gets resources passed down, typed, as values for its graph and as inputs inside")
    func passing() async throws {
        let journal = Journal()
        let nested = Manifold.nested(.inner, passing: .a) { a in
            noting(journal, "x", needs: .a)
            Manifold("made of \(a)") { Recording(name: "made of \(a)", journal: journal) }
        }
        try await withEngine([counting(.a), nested]) { engine, _ in
            try await engine.ready(.inner)
            #expect(Set(journal.lines).isSubset(of: ["run x on a1", "run made of a1"]))
            // What it got is required: its provider's bounce takes it along, dependents first.
            try await engine.bounce("a")
            await journal.wait(for: "run x on a2")
            #expect(journal.count("end x on a1") == 1)
            #expect(await engine.report()["inner"]?.failureCount == 0)
        }
        #expect(journal.count("end x on a2") == 1)
        #expect(journal.count("end made of a2") == 1)
    }

    @Test("what is passed deferred or optional comes and goes inside with its provider; the nested engine runs on")
    func comingAndGoing() async throws {
        let journal = Journal()
        let nested = Manifold.nested(.inner, passing: .a.deferred, .b.optional) { _, _ in
            noting(journal, "x", needs: .a)
            noting(journal, "y", needs: .b)
            noting(journal, "z", needs: .c)
            Manifold.constant(.c, "inside")
        }
        try await withEngine([nested, counting(.b)]) { engine, _ in
            try await engine.ready(.inner, .b)
            await journal.wait(for: "run y on b1")
            await journal.wait(for: "run z on inside")
            #expect(!journal.lines.contains { $0.hasPrefix("run x") }, "nothing provides it yet")
            try await engine.install([counting(.a)])
            await journal.wait(for: "run x on a1")
            // Not slowed either, however quickly they follow one another: the clock stands still.
            for generation in 2...4 {
                try await engine.bounce("a")
                await journal.wait(for: "run x on a\(generation)")
            }
            try await engine.park("b")
            await journal.wait(for: "end y on b1")
            #expect(await engine.report()["inner"]?.generation == 1)
        }
        #expect(journal.lines.filter { $0.contains(" z ") } == ["run z on inside", "end z on inside"])
    }

    @Test(
        "a nested engine is ready when it has settled and what was asked for is ready; until then why names what is not"
    )
    func readiness() async throws {
        let nested = Manifold.nested(.inner, until: ["y"]) {
            Manifold("x", start: { () async throws -> ClosureWorker in throw Broken() }).restart(.exact())
            Manifold("y", needs: Resource<Void>("x")) { _ in ClosureWorker { await $0.stop.wait() } }
        }
        let user = Manifold("user", needs: .inner) { _ in ClosureWorker { await $0.stop.wait() } }
        try await withEngine([nested, user]) { engine, _ in
            // What it waits for is no event of the engine outside, so this looks again and again.
            while await engine.report()["inner"]?.reason?.contains("broken") != true {
                try Task.checkCancellation()
                await Task.yield()
            }
            let why = try await engine.why("user").text
            #expect(
                why.contains("has not said it is ready; waits for y, which waits for x (backing-off: attempt 2 in"),
                "\(why)"
            )
            #expect(await engine.report()["user"]?.state == .waiting)
        }
    }

    @Test("the engine inside is the manifold's output: others ask it and add to it")
    func asOutput() async throws {
        let journal = Journal()
        let nested = Manifold.nested(.inner) { Manifold.constant(.a, "inside") }
        let tenant = Manifold("tenant", needs: .inner) { inner in
            try await inner.install { noting(journal, "x", needs: .a) }
            #expect(await inner.report().manifolds.map(\.name) == ["a", "x"])
            return ClosureWorker { await $0.stop.wait() }
        }
        try await withEngine([nested, tenant]) { engine, _ in
            await journal.wait(for: "run x on inside")
            try await engine.ready(["tenant"])
        }
        #expect(journal.count("end x on inside") == 1)
    }

    @Test("an error that ends the engine inside fails the nested manifold, which its own policy judges")
    func fatal() async throws {
        let journal = Journal()
        let nested = Manifold.nested(.inner) {
            Manifold.constant(.a, "inside")
            noting(journal, "x", needs: .a)
            Manifold("bad", needs: .a) { _ in
                ClosureWorker { _ in
                    await journal.wait(for: "run x on inside")
                    throw Verdict.fatal(Broken())
                }
            }
        }.restart(.exact())
        try await withEngine([nested]) { engine, clock in
            try await until(engine) { $0["inner"]?.failureCount == 1 && $0["inner"]?.state == .backingOff }
            #expect(await engine.report()["inner"]?.lastError == "manifold bad ended the engine: broken")
            #expect(journal.count("end x on inside") == 1, "the rest inside was stopped in good order")
            clock.advance(by: .seconds(1))
            await journal.wait(for: "run x on inside", count: 2)
        }
    }

    @Test("a graph that cannot be installed inside is a failure of the nested manifold, with the sentence")
    func badGraph() async throws {
        let nested = Manifold.nested(.inner, passing: .a) { _ in Manifold.constant(.a, "twice") }
        try await withEngine([counting(.a), nested]) { engine, _ in
            try await until(engine) { $0["inner"]?.failureCount == 1 }
            #expect(await engine.report()["inner"]?.lastError?.contains("manifold a declared at") == true)
        }
    }

    @Test("a shutdown drains inside while everything still runs, and only then stops, inside before outside")
    func twoPhases() async throws {
        let journal = Journal()
        let drainer = Manifold("drainer") {
            ClosureWorker { context in
                journal.append("run drainer")
                await context.stop.drained()
                journal.append("drained, stopping \(context.stop.isRequested)")
                context.finishedDraining()
                await context.stop.wait()
                journal.append("end drainer")
            }
        }.draining(upTo: .seconds(5))
        let outer = Manifold("outer") {
            ClosureWorker { context in
                await context.stop.drained()
                await journal.wait(for: "drained, stopping false")
                journal.append("outer drained, inside not stopped \(journal.count("end drainer") == 0)")
                context.finishedDraining()
                await context.stop.wait()
            }
        }.draining(upTo: .seconds(5))
        let nested = Manifold.nested(.inner, passing: .a) { _ in
            drainer
            noting(journal, "x", needs: .a)
        }.draining(upTo: .seconds(5))
        try await withEngine([recordingChain(journal)[0], nested, outer]) { engine, _ in
            try await engine.ready(["inner", "outer"])
            await journal.wait(for: "run drainer")
            await journal.wait(for: "run x on a")
        }
        #expect(
            Array(journal.lines.drop { !$0.hasPrefix("drained") }.prefix(2)) == [
                "drained, stopping false", "outer drained, inside not stopped true",
            ]
        )
        #expect(journal.lines.last == "end a")
        #expect(journal.count("end drainer") == 1)
    }

    @Test("uninstalling a nested engine stops everything inside; one that ignores its stop is cancelled and abandoned")
    func stubborn() async throws {
        let journal = Journal()
        let gate = Gate()
        let nested = Manifold.nested(.inner) {
            Manifold.constant(.a, "inside")
            noting(journal, "x", needs: .a)
            Manifold("deaf") { ClosureWorker { _ in await gate.pass() } }
        }
        try await withEngine([nested]) { engine, clock in
            try await engine.ready(.inner)
            await journal.wait(for: "run x on inside")
            try await engine.uninstall("inner")
            await journal.wait(for: "end x on inside")
            // Ten seconds graceful, five cancelled, then the engine inside goes on without it.
            for _ in 0..<4 {
                clock.advance(by: .seconds(5))
                await Task.yield()
            }
            try await until(engine) { $0["inner"] == nil }
            gate.open()
        }
    }

    @Test("what is logged inside says which engine it is from, as a path")
    func logging() async throws {
        let nested = Manifold.nested("outer") {
            Manifold.nested("inner") {
                Manifold("x") {
                    ClosureWorker { context in
                        #expect(context.logger[metadataKey: "engine"] == "outer/inner")
                        #expect(context.logger[metadataKey: "manifold"] == "x")
                        await context.stop.wait()
                    }
                }
            }
        }
        var logger = Logger(label: "test", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .critical
        try await withEngine([nested], logger: logger) { engine, _ in try await engine.ready(["outer"]) }
    }

    @Test("an engine inside that is told to drain stops nothing before it is told to stop")
    func heldDrain() throws {
        var rig = try MachineRig([
            declare("a", draining: .seconds(3)), declare("b", needs: ["a"], draining: .seconds(5)),
        ])
        rig.started("a", "b")
        _ = rig.take()
        rig.send(.drain)
        #expect(rig.take() == ["drain b", "drain a"])
        #expect(!rig.machine.hasDrained)
        rig.send(.finishedDraining(rig.id("a"), generation: 1))
        #expect(!rig.machine.hasDrained)
        rig.advance(.seconds(5))
        #expect(rig.machine.hasDrained, "the time to drain is over")
        rig.advance(.seconds(100))
        #expect(rig.take().isEmpty)
        rig.send(.shutdown(.graceful))
        #expect(rig.take() == ["retract b", "stop b"])
        rig.ended("b", "a")
        #expect(rig.outcome == .completed)
    }

    @Test("a shutdown that comes while a held drain is under way goes on with it")
    func heldDrainGoesOn() throws {
        var rig = try MachineRig([declare("a", draining: .seconds(5))])
        rig.started("a")
        rig.send(.drain)
        rig.advance(.seconds(2))
        _ = rig.take()
        rig.send(.shutdown(.graceful))
        rig.advance(.seconds(2))
        #expect(rig.take().isEmpty)
        rig.advance(.seconds(1))
        #expect(rig.take() == ["retract a", "stop a"])
        var hasty = try MachineRig([declare("a", draining: .seconds(5))])
        hasty.started("a")
        hasty.send(.drain)
        _ = hasty.take()
        hasty.send(.shutdown(.cancelled))
        #expect(hasty.take() == ["retract a", "stop a", "cancel a"])
    }
}
