import DependencyEngine
import DependencyEngineTesting
import Testing

/// Does one thing with its own engine, and then waits for its stop.
private struct Insider: Worker {
    var engine: Engine
    var act: @Sendable (Engine) async throws -> Void = { _ in }

    func run(_ context: WorkerContext) async throws {
        try await self.act(self.engine)
        await context.stop.wait()
    }
}

/// Tells when the last reference to it went.
private final class Canary: Sendable {
    let journal: Journal

    init(_ journal: Journal) { self.journal = journal }
    deinit { self.journal.append("let go") }
}

@Suite(.timeLimit(.minutes(1))) struct EngineInputTests {
    @Test("the engine as an input is never missing and no edge of the graph")
    func noEdge() async throws {
        let manifold = Manifold("insider", needs: .engine) { Insider(engine: $0) }
        #expect(manifold.edges.isEmpty)
        try await withEngine([manifold]) { engine, _ in
            try await engine.ready(["insider"])
            #expect(await engine.report()["insider"]?.inputs.isEmpty == true)
            #expect(await !engine.graph(.dot).contains("->"))
        }
    }

    @Test("a worker is given the very engine that runs it, beside its other inputs")
    func same() async throws {
        let journal = Journal()
        let insider = Manifold("insider", needs: .a, .engine) { a, engine in
            Insider(engine: engine) { journal.append("\(a) \(ObjectIdentifier($0))") }
        }
        try await withEngine([recordingChain(Journal())[0], insider]) { engine, _ in
            await journal.wait(for: "a \(ObjectIdentifier(engine))")
        }
    }

    @Test("a worker reads the report of its own engine, itself in it")
    func reports() async throws {
        let journal = Journal()
        let insider = Manifold("insider", needs: .engine) { engine in
            Insider(engine: engine) { engine in
                try await engine.ready(["insider"])
                journal.append("\(await engine.report()["insider"]?.state.rawValue ?? "nothing")")
                journal.append(try await engine.why("insider").reason)
            }
        }
        try await withEngine([insider]) { _, _ in await journal.wait(for: "running") }
        #expect(journal.lines == ["ready", "running"])
    }

    @Test("a worker installs others into its own engine, and they outlive it")
    func installs() async throws {
        let journal = Journal()
        let insider = Manifold("insider", needs: .engine) { engine in
            Insider(engine: engine) { try await $0.install(recordingChain(journal)) }
        }
        try await withEngine([insider]) { engine, _ in
            try await engine.ready(["a", "b", "c"])
            try await engine.uninstall("insider")
            try await engine.settled()
            #expect(await engine.report()["c"]?.state == .ready)
        }
        #expect(journal.ends.suffix(3) == ["end c", "end b", "end a"])
    }

    @Test("what a worker may not install is refused to that worker, and nobody else notices")
    func refused() async throws {
        let insider = Manifold("insider", needs: .engine) { engine in
            Insider(engine: engine) { try await $0.install([Manifold("insider") { IdleWorker() }]) }
        }
        try await withEngine([insider.restart(.exact())] + recordingChain(Journal())) { engine, _ in
            try await until(engine) { $0["insider"]?.state == .backingOff && $0["c"]?.state == .ready }
            let error = await engine.report()["insider"]?.lastError
            #expect(error?.contains("insider declared at DependencyEngineTests/EngineInputTests.swift") == true)
            #expect(await engine.report()["c"]?.startCount == 1)
        }
    }

    @Test("an engine that is provided as a resource satisfies the inputs of others")
    func provided() async throws {
        let supervisor = Resource<Engine>("supervisor")
        let journal = Journal()
        let manifolds = [
            Manifold("user", needs: supervisor) { engine in
                Insider(engine: engine) { journal.append("\(ObjectIdentifier($0))") }
            },
            Manifold(supervisor, needs: .engine) {
                Insider(engine: $0)
            } provides: {
                $0.engine
            },
        ]
        try await withEngine(manifolds) { engine, _ in
            await journal.wait(for: "\(ObjectIdentifier(engine))")
        }
    }

    @Test("a hundred workers install into their own engine at the same time, and all come up once")
    func stress() async throws {
        let parents = (0..<100).map { number in
            Manifold("parent \(number)", needs: .engine) { engine in
                Insider(engine: engine) { engine in
                    try await engine.install([
                        Manifold("child \(number)", needs: Resource<Void>("parent \(number)")) { _ in IdleWorker() }
                    ])
                }
            }
        }
        try await withEngine(parents) { engine, _ in
            try await engine.ready((0..<100).flatMap { ["parent \($0)", "child \($0)"] })
            let report = await engine.report()
            #expect(report.manifolds.count == 200)
            #expect(report.manifolds.allSatisfy { $0.startCount == 1 && $0.failureCount == 0 })
        }
    }

    @Test("a hundred tasks install the same name at the same time: one succeeds, and one worker starts")
    func race() async throws {
        try await withEngine { engine, _ in
            let tasks = (0..<100).map { _ in
                Task { try await engine.install([Manifold("same") { IdleWorker() }]) }
            }
            var refused = 0
            for task in tasks {
                if case .failure(let error) = await task.result, case InstallError.duplicate = error { refused += 1 }
            }
            #expect(refused == 99)
            try await engine.ready(["same"])
            #expect(await engine.report()["same"]?.generation == 1)
        }
    }

    @Test("a worker may bounce, park and uninstall itself, as anyone may")
    func itself() async throws {
        let bouncing = Manifold("bouncing", needs: .engine) { engine in
            ClosureWorker { context in
                if context.generation == 1 { try await engine.bounce("bouncing") }
                await context.stop.wait()
            }
        }
        let parking = Manifold("parking", needs: .engine) { Insider(engine: $0) { try await $0.park("parking") } }
        let leaving = Manifold("leaving", needs: .engine) { Insider(engine: $0) { try await $0.uninstall("leaving") } }
        try await withEngine([bouncing, parking, leaving]) { engine, _ in
            try await until(engine) {
                $0["bouncing"]?.generation == 2 && $0["bouncing"]?.state == .ready && $0["parking"]?.state == .parked
                    && $0["leaving"] == nil
            }
            #expect(await engine.report().manifolds.allSatisfy { $0.failureCount == 0 })
        }
    }

    @Test("a worker may shut its own engine down")
    func shutsDown() async throws {
        let journal = Journal()
        let engine = Engine(clock: ManualClock())
        try await engine.install(recordingChain(journal))
        try await engine.install([
            Manifold("last", needs: .c, .engine) { _, engine in Insider(engine: engine) { $0.shutdown() } }
        ])
        try await engine.run()
        #expect(journal.ends.suffix(3) == ["end c", "end b", "end a"])
    }

    @Test("inside another engine the engine as an input is the inner one")
    func nested() async throws {
        let journal = Journal()
        let outer = Manifold.service("inner engine") {
            let inner = Engine(clock: ManualClock())
            let identity = ObjectIdentifier(inner)
            try await inner.install([
                Manifold("insider", needs: .engine) { engine in
                    Insider(engine: engine) { journal.append("inner \(ObjectIdentifier($0) == identity)") }
                }
            ])
            return inner
        }
        try await withEngine([outer]) { _, _ in
            await journal.wait(for: "inner true")
        }
    }

    @Test("an engine that was given to its workers is let go once it has ended")
    func released() async throws {
        let journal = Journal()
        func use() async throws {
            let engine = Engine(clock: ManualClock())
            let canary = Canary(journal)
            try await engine.install([
                Manifold(Resource<Engine>("supervisor"), needs: .engine) { engine in
                    Insider(engine: engine) { engine in
                        _ = canary
                        engine.shutdown()
                    }
                } provides: {
                    $0.engine
                }
            ])
            try await engine.run()
        }
        try await use()
        await journal.wait(for: "let go")
    }
}
