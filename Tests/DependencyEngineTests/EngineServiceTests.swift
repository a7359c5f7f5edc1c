import DependencyEngine
import DependencyEngineTesting
import Logging
import ServiceLifecycle
import Testing

/// Serves until a graceful shutdown, as servers of the ecosystem do.
private struct Server: Service {
    var journal: Journal
    var failing = false

    func run() async throws {
        self.journal.append("serve")
        if self.failing { throw Broken() }
        try await gracefulShutdown()
        self.journal.append("served, cancelled \(Task.isCancelled)")
    }
}

private struct NoLocals: Worker {
    @TaskLocal static var leak = "nothing"
    var journal: Journal

    func run(_ context: WorkerContext) async throws {
        self.journal.append("local: \(Self.leak)")
        await context.stop.wait()
    }
}

@Suite(.timeLimit(.minutes(1))) struct EngineServiceTests {
    @Test("a service is a worker: shut down gracefully for a bounce, made anew for the next start")
    func hosted() async throws {
        let journal = Journal()
        let manifold = Manifold.service(.a) {
            Server(journal: journal)
        } provides: { _ in
            "server"
        }
        let user = Manifold("user", needs: .a) { _ in Recording(name: "user", journal: journal) }
        try await withEngine([manifold, user]) { engine, _ in
            await journal.wait(for: "serve")
            try await engine.bounce("a")
            await journal.wait(for: "serve", count: 2)
            #expect(journal.count("served, cancelled false") == 1)
        }
        #expect(journal.count("served, cancelled false") == 2)
    }

    @Test("a service that fails is charged, and its error kept")
    func failing() async throws {
        let journal = Journal()
        let manifold = Manifold.service("server") { Server(journal: journal, failing: true) }.restart(.exact())
        try await withEngine([manifold]) { engine, clock in
            try await until(engine) { $0["server"]?.failureCount == 1 }
            #expect(await engine.report()["server"]?.lastError == "broken")
            clock.advance(by: .seconds(1))
            await journal.wait(for: "serve", count: 2)
        }
    }

    @Test("the engine is a service: a graceful shutdown of its group stops workers leaf to root, uncancelled")
    func inGroup() async throws {
        let journal = Journal()
        let engine = Engine(clock: ManualClock())
        try await engine.install(recordingChain(journal))
        let group = ServiceGroup(services: [engine], logger: Logger(label: "group"))
        let run = Task { try await group.run() }
        await journal.wait(for: "run c")
        await group.triggerGracefulShutdown()
        try await run.value
        #expect(journal.ends.suffix(3) == ["end c", "end b", "end a"])
    }

    @Test("an engine nests in another one")
    func nested() async throws {
        let journal = Journal()
        let manifold = Manifold.service("inner") {
            let engine = Engine(clock: ManualClock())
            try await engine.install(recordingChain(journal))
            return engine
        }
        try await withEngine([manifold]) { engine, _ in
            await journal.wait(for: "run c")
            try await engine.bounce("inner")
            await journal.wait(for: "run c", count: 2)
        }
        #expect(journal.ends.suffix(3) == ["end c", "end b", "end a"])
    }

    @Test("task-local values of whoever causes a start do not reach the worker")
    func taskLocals() async throws {
        let journal = Journal()
        try await withEngine([]) { engine, _ in
            try await NoLocals.$leak.withValue("something") {
                try await engine.install([Manifold("x") { NoLocals(journal: journal) }])
            }
            await journal.wait(for: "local: nothing")
        }
    }
}
