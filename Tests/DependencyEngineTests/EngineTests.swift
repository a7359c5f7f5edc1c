import DependencyEngine
import DependencyEngineTesting
import ServiceLifecycle
import Testing

@Suite(.timeLimit(.minutes(1))) struct EngineTests {
    @Test("required, optional and deferred inputs arrive as declared")
    func values() async throws {
        let journal = Journal()
        let manifolds = [
            Manifold(.a) {
                Recording(name: "a", journal: journal)
            } provides: { _ in
                "value of a"
            },
            Manifold("user", needs: .a, .b.optional, .c.deferred) { a, b, c in
                journal.append("\(a), \(b ?? "no b"), \(c.current ?? "no c")")
                return Recording(name: "user", journal: journal)
            },
        ]
        try await withEngine(manifolds) { engine, _ in
            try await engine.ready(["user"])
            #expect(journal.lines.contains("value of a, no b, no c"))
        }
    }

    @Test("a start function may take from a resource its being there only")
    func existenceOnly() async throws {
        let journal = Journal()
        let manifolds = [
            Manifold("plain") { Recording(name: "plain", journal: journal) },
            Manifold("user", needs: Resource<Void>("plain")) { _ in Recording(name: "user", journal: journal) },
        ]
        try await withEngine(manifolds) { engine, _ in try await engine.ready(["plain", "user"]) }
        #expect(journal.ends.suffix(2) == ["end user", "end plain"])
    }

    @Test("a bounce ends dependents before their input and starts all anew in order")
    func bounce() async throws {
        let journal = Journal()
        try await withEngine(recordingChain(journal)) { engine, _ in
            try await engine.ready(["c"])
            await journal.wait(for: "run c")
            try await engine.bounce("a")
            await journal.wait(for: "run c", count: 2)
            #expect(journal.ends.prefix(3) == ["end c", "end b", "end a"])
            let report = await engine.report()
            #expect(["a", "b", "c"].allSatisfy { report[$0]?.startCount == 2 })
        }
        #expect(journal.ends.suffix(3) == ["end c", "end b", "end a"], "and a shutdown keeps the same order")
    }

    @Test("a failed worker starts again after its back-off, told which generation and attempt it is")
    func restart() async throws {
        let journal = Journal()
        let manifold = Manifold("x") {
            Recording(name: "x", journal: journal) { context in
                journal.append("generation \(context.generation) attempt \(context.attempt)")
                if context.generation < 3 { throw Broken() }
            }
        }
        .restart(.exact())
        try await withEngine([manifold]) { engine, clock in
            for (delay, failures) in [(1, 1), (2, 2)] {
                try await until(engine) { $0["x"]?.failureCount == failures }
                #expect(await engine.report()["x"]?.retryInMilliseconds == delay * 1000)
                clock.advance(by: .seconds(delay))
            }
            await journal.wait(for: "generation 3 attempt 3")
        }
        #expect(journal.count("run x") == 3)
    }

    @Test("a worker may signal its readiness, and its dependents wait for it")
    func signalled() async throws {
        let journal = Journal()
        let gate = Gate()
        let flag = Manifold(.a) {
            ClosureWorker { context in
                await gate.pass()
                context.ready()
                await context.stop.wait()
            }
        } provides: { _ in
            "leader"
        }
        .readiness(.signalled)
        let user = Manifold("user", needs: .a) { _ in Recording(name: "user", journal: journal) }
        try await withEngine([flag, user]) { engine, _ in
            try await engine.settled()
            let report = await engine.report()
            #expect(report["user"]?.state == .waiting)
            #expect([.started, .starting].contains(report["a"]?.state))
            gate.open()
            try await engine.ready(["user"])
        }
    }

    @Test("a worker returned by a cancelled start runs once, asked to stop and not cancelled")
    func cancelledStart() async throws {
        let journal = Journal()
        let gate = Gate()
        let manifold = Manifold("x") {
            journal.append("start")
            await gate.pass()
            return ClosureWorker { context in
                journal.append("run asked \(context.stop.isRequested) cancelled \(Task.isCancelled)")
            }
        }
        try await withEngine([manifold]) { engine, _ in
            await journal.wait(for: "start")
            try await engine.park("x")
            gate.open()
            try await engine.settled()
            #expect(await engine.report()["x"]?.state == .parked)
        }
        #expect(journal.lines == ["start", "run asked true cancelled false"])
    }

    @Test("a worker that ignores its stop is cancelled after 10 s and abandoned after 15 s")
    func ignoresStop() async throws {
        let journal = Journal()
        let gate = Gate()
        let manifold = Manifold("deaf") {
            ClosureWorker { _ in
                journal.append("run")
                await withTaskCancellationHandler {
                    await gate.pass()
                } onCancel: {
                    journal.append("cancelled")
                }
            }
        }
        try await withEngine([manifold] + recordingChain(journal)) { engine, clock in
            await journal.wait(for: "run")
            try await engine.park("deaf")
            clock.advance(by: .seconds(10))
            await journal.wait(for: "cancelled")
            clock.advance(by: .seconds(5))
            try await engine.settled()
            #expect(await engine.report()["deaf"]?.abandoned == 1)
            try await engine.resume("deaf")
            await journal.wait(for: "run", count: 2)
            gate.open()
        }
    }

    @Test("a start that never returns does not hold the engine")
    func stuckStart() async throws {
        let gate = Gate()
        let journal = Journal()
        let clock = ManualClock()
        let engine = Engine(configuration: EngineConfiguration(seed: 1), clock: clock)
        try await engine.install([
            Manifold("stuck") {
                journal.append("start")
                await gate.pass()
                return Recording(name: "stuck", journal: journal)
            }
        ])
        let run = Task { try await engine.run() }
        await journal.wait(for: "start")
        engine.shutdown()
        try await until(engine) { $0.state == .stopping }
        clock.advance(by: .seconds(5))
        try await run.value
        #expect(await engine.report()["stuck"]?.abandoned == 1)
        gate.open()
        await journal.wait(for: "end stuck")
    }

    @Test("run throws the fatal error of the worker that ended the engine")
    func fatal() async throws {
        let journal = Journal()
        let engine = Engine(clock: ManualClock())
        try await engine.install(
            recordingChain(journal) + [
                Manifold("bad", needs: .c) { _ in ClosureWorker { _ in throw Verdict.fatal(Broken()) } }
            ]
        )
        let error = await #expect(throws: EngineError.self) { try await engine.run() }
        guard case .fatal("bad", let cause)? = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(cause is Broken)
        #expect(journal.ends.suffix(3) == ["end c", "end b", "end a"])
    }

    @Test("run throws the exit code of a manifold whose budget is spent")
    func budget() async throws {
        let engine = Engine(clock: ManualClock())
        let policy = RestartPolicy(budget: 1, exhausted: .endEngine(code: 78))
        try await engine.install([Manifold("x") { ClosureWorker { _ in throw Broken() } }.restart(policy)])
        let error = await #expect(throws: EngineError.self) { try await engine.run() }
        guard case .budgetSpent("x", 78, "broken")? = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
    }

    @Test("a running engine takes more manifolds and lets them go")
    func dynamic() async throws {
        let journal = Journal()
        try await withEngine([]) { engine, _ in
            try await engine.install(recordingChain(journal))
            try await engine.ready(["a", "b", "c"])
            try await engine.uninstall("b")
            try await engine.settled()
            let report = await engine.report()
            #expect(report["b"]?.state == .unknown)
            #expect(report["c"]?.reason == "waits for b")
            try await engine.install([recordingChain(journal)[1]])
            try await engine.ready(["c"])
        }
    }

    @Test("an injected failure restarts the worker after its back-off and its dependents with it")
    func fail() async throws {
        let journal = Journal()
        try await withEngine(recordingChain(journal).map { $0.restart(.exact()) }) { engine, clock in
            try await engine.ready(["c"])
            try await engine.fail("a", Broken())
            try await engine.settled()
            #expect(await engine.report()["a"]?.lastError == "broken")
            clock.advance(by: .seconds(1))
            await journal.wait(for: "run c", count: 2)
            #expect(await engine.report()["b"]?.failureCount == 0)
        }
    }

    @Test("questions about names nobody knows are refused with what to do")
    func unknownNames() async throws {
        try await withEngine([]) { engine, _ in
            let error = await #expect(throws: EngineError.self) { try await engine.bounce("x") }
            #expect(error?.description == "no manifold is called \"x\"; see the report for the names")
            await #expect(throws: EngineError.self) { try await engine.why("x") }
            await #expect(throws: EngineError.self) { try await engine.fail("x", Broken()) }
            await #expect(throws: EngineError.self) { try await engine.park("x") }
            await #expect(throws: EngineError.self) { try await engine.resume("x") }
            await #expect(throws: EngineError.self) { try await engine.uninstall("x") }
        }
    }

    @Test("an engine runs once, and a shutdown before the run makes that run short")
    func runs() async throws {
        let journal = Journal()
        let engine = Engine(clock: ManualClock())
        try await engine.install(recordingChain(journal))
        engine.shutdown()
        try await engine.run()
        await #expect(throws: EngineError.self) { try await engine.run() }
        await #expect(throws: InstallError.ended) { try await engine.install([]) }
        #expect(!journal.lines.contains("run c"))
    }

    @Test("cancelling the task that runs the engine cancels its workers")
    func cancelled() async throws {
        let journal = Journal()
        let engine = Engine(clock: ManualClock())
        try await engine.install([
            Manifold("x") {
                ClosureWorker { context in
                    journal.append("run")
                    await context.stop.wait()
                    // Deaf to the stop, but not to the cancellation that comes with it.
                    while !Task.isCancelled { await Task.yield() }
                    journal.append("cancelled")
                }
            }
        ])
        let run = Task { try await engine.run() }
        await journal.wait(for: "run")
        run.cancel()
        try await run.value
        #expect(journal.lines == ["run", "cancelled"])
    }

    @Test("waiting for readiness ends with the engine, or with the waiting task")
    func waiting() async throws {
        let engine = Engine(clock: ManualClock())
        try await engine.install(recordingChain(Journal()))
        let run = Task { try await engine.run() }
        try await engine.ready(["c"])
        let cancelled = Task { try await engine.ready(["never"]) }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        let waiting = Task { try await engine.ready(["never"]) }
        engine.shutdown()
        try await run.value
        await #expect(throws: EngineError.self) { try await waiting.value }
        await #expect(throws: EngineError.self) { try await engine.ready(["a"]) }
        try await engine.settled()
    }
}
