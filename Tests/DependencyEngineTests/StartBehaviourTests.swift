import DependencyEngine
import DependencyEngineTesting
import Testing

/// A worker that can be told from every other.
private final class Unique: Worker {
    func run(_ context: WorkerContext) async throws { await context.stop.wait() }
}

/// Takes a resource that its manifold never declared.
private struct Undeclared: Input {
    var edges: [InputEdge] { [] }

    func received(from values: InputValues) throws(InputError) -> String {
        try Resource<String>("a").received(from: values)
    }
}

@Suite(.timeLimit(.minutes(1))) struct StartBehaviourTests {
    @Test("what was not declared is not available, even while it runs, and that is the start's failure")
    func undeclared() async throws {
        let sneaky = Manifold("sneaky", needs: Undeclared()) { _ in IdleWorker() }.restart(.exact())
        try await withEngine(recordingChain(Journal())) { engine, _ in
            try await engine.ready(["a"])
            try await engine.install([sneaky])
            try await until(engine) { $0["sneaky"]?.state == .backingOff }
            #expect(await engine.report()["sneaky"]?.lastError == "a is not available")
        }
    }

    @Test("what a manifold provides is taken from the very worker its start made, anew for each")
    func provides() async throws {
        let journal = Journal()
        let worker = Resource<Unique>("worker")
        let manifolds = [
            Manifold(worker) {
                let worker = Unique()
                journal.append("made \(ObjectIdentifier(worker))")
                return worker
            } provides: {
                $0
            },
            Manifold("user", needs: worker) { worker in
                journal.append("given \(ObjectIdentifier(worker))")
                // Kept, so that no later one is made in its place.
                return Recording(name: "user", journal: journal) { _ in _ = worker }
            },
        ]
        try await withEngine(manifolds) { engine, _ in
            try await engine.ready(["user"])
            try await engine.bounce("worker")
            await journal.wait(for: "run user", count: 2)
        }
        let made = journal.lines.filter { $0.hasPrefix("made") }
        #expect(made.count == 2)
        #expect(journal.lines.filter { $0.hasPrefix("given") } == made.map { $0.replacing("made", with: "given") })
    }

    @Test("a start under way when the engine ends sees its cancellation and is not tried again")
    func cancelledByShutdown() async throws {
        let journal = Journal()
        let slow = Manifold("slow") {
            journal.append("start")
            await StopSignal.standalone().signal.wait()
            journal.append("cancelled \(Task.isCancelled)")
            try Task.checkCancellation()
            return IdleWorker()
        }
        try await withEngine([slow]) { _, _ in await journal.wait(for: "start") }
        #expect(journal.lines == ["start", "cancelled true"])
    }

    @Test("a start under way when an input goes sees its cancellation and is tried again with the new input")
    func cancelledByInput() async throws {
        let journal = Journal()
        let slow = Manifold("slow", needs: .a) { _ in
            journal.append("start")
            if journal.count("start") == 1 {
                await StopSignal.standalone().signal.wait()
                try Task.checkCancellation()
            }
            return IdleWorker()
        }
        try await withEngine([recordingChain(Journal())[0], slow]) { engine, _ in
            await journal.wait(for: "start")
            try await engine.bounce("a")
            try await until(engine) { $0["slow"]?.state == .ready && $0["a"]?.startCount == 2 }
            #expect(await engine.report()["slow"]?.failureCount == 0)
        }
        #expect(journal.lines == ["start", "start"])
    }

    @Test("an engine with nothing in it runs, and takes an empty set")
    func empty() async throws {
        try await withEngine { engine, _ in
            try await engine.install([])
            try await engine.settled()
            #expect(await engine.report().manifolds.isEmpty)
            #expect(await engine.report().state == .running)
        }
    }

    @Test("a set with one bad manifold among them installs none, and the same set without it installs all")
    func atomic() async throws {
        let good = recordingChain(Journal())
        let bad = [
            Manifold("a") { IdleWorker() }, Manifold("") { IdleWorker() },
            Manifold("bad", needs: Resource<Int>("c")) { _ in IdleWorker() },
            Manifold("bad", needs: Resource<Void>("bad")) { _ in IdleWorker() },
        ]
        try await withEngine { engine, _ in
            for one in bad {
                await #expect(throws: InstallError.self) { try await engine.install(good + [one]) }
                #expect(await engine.report().manifolds.isEmpty)
            }
            try await engine.install(good)
            try await engine.ready(["a", "b", "c"])
        }
    }

    @Test("the error that run throws holds the very error a worker threw, for its host to judge")
    func fatalIdentity() async throws {
        final class Particular: Error {}
        let particular = Particular()
        let engine = Engine(clock: ManualClock())
        try await engine.install([Manifold("x") { ClosureWorker { _ in throw Verdict.fatal(particular) } }])
        let error = await #expect(throws: EngineError.self) { try await engine.run() }
        guard case .fatal("x", let cause)? = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(cause as? Particular === particular)
    }

    @Test("a worker deaf to everything delays no report, no question and no install")
    func deaf() async throws {
        let gate = Gate()
        let journal = Journal()
        let deaf = Manifold(.a) {
            ClosureWorker { _ in
                journal.append("run")
                await gate.pass()
            }
        } provides: { _ in
            "deaf"
        }
        let user = Manifold("user", needs: .a) { _ in IdleWorker() }
        try await withEngine([deaf, user]) { engine, _ in
            defer { gate.open() }
            await journal.wait(for: "run")
            try await engine.bounce("a")
            #expect(await engine.report().state == .running)
            #expect(try await !engine.why("user").text.isEmpty)
            try await engine.install([Manifold("other") { IdleWorker() }])
            try await engine.ready(["other"])
            #expect(await engine.report()["a"]?.state == .stopping)
        }
    }
}
