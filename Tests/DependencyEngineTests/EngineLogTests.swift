import DependencyEngine
import DependencyEngineTesting
import Logging
import Testing

// One at a time: a test that blocks a thread leaves the others one less, and two of them might leave none.
@Suite(.serialized, .timeLimit(.minutes(1))) struct EngineLogTests {
    private func logger(_ journal: Journal, _ blocked: Blocker? = nil) -> Logger {
        Logger(label: "test", factory: { _ in JournalLog(journal: journal, blocked: blocked) })
    }

    @Test("starts, failures and stops are logged with manifold, generation and attempt; planned stops as no error")
    func log() async throws {
        let journal = Journal()
        let log = Journal()
        let manifold = Manifold("x") {
            Recording(name: "x", journal: journal) { context in
                context.logger.info("mine")
                if context.generation == 1 { throw Broken() }
            }
        }
        .restart(.exact())
        try await withEngine([manifold], logger: self.logger(log)) { _, clock in
            await log.wait(
                for: "warning x failed: broken (again in 1000 ms) "
                    + "{attempt=2 error=broken generation=1 manifold=x retry-in-ms=1000}"
            )
            clock.advance(by: .seconds(1))
            await log.wait(for: "info mine {attempt=2 generation=2 manifold=x}")
        }
        #expect(log.lines.contains("info x stopped {attempt=2 generation=2 manifold=x}"))
        #expect(log.lines.contains("info mine {attempt=1 generation=1 manifold=x}"))
        #expect(log.lines.last == "info the engine is stopped {}")
        #expect(!log.lines.contains { $0.hasPrefix("error") })
    }

    @Test("a log sink that blocks holds up no worker")
    func blockedSink() async throws {
        let journal = Journal()
        let log = Journal()
        let blocker = Blocker()
        var logger = self.logger(log, blocker)
        logger.logLevel = .info
        let failing = Manifold("x") {
            Recording(name: "x", journal: journal) { context in
                context.logger.debug("mine")
                if context.generation == 1 { throw Broken() }
            }
        }
        .restart(.exact())
        try await withEngine(recordingChain(journal) + [failing], logger: logger) { engine, clock in
            try await until(engine) { $0["x"]?.state == .backingOff && $0["c"]?.state == .ready }
            try await engine.bounce("a")
            await journal.wait(for: "run c", count: 2)
            clock.advance(by: .seconds(1))
            await journal.wait(for: "run x", count: 2)
            blocker.open()
        }
        #expect(log.lines.contains { $0.hasPrefix("debug mine") })
    }

    @Test("a log sink that never takes another line does not keep the engine from ending")
    func stuckSink() async throws {
        let log = Journal()
        let blocker = Blocker()
        let clock = ManualClock()
        let engine = Engine(logger: self.logger(log, blocker), clock: clock)
        let run = Task { try await engine.run() }
        engine.shutdown()
        // With nothing installed the engine itself sleeps for nothing: this is its patience with the log.
        await clock.sleepers(atLeast: 1)
        clock.advance(by: .seconds(5))
        try await run.value
        #expect(log.lines.isEmpty)
        blocker.open()
    }

    @Test("observers see each change in order, and the end of the stream with the engine")
    func observe() async throws {
        let engine = Engine(clock: ManualClock())
        try await engine.install([recordingChain(Journal())[0]])
        let events = engine.observe()
        let run = Task { try await engine.run() }
        try await engine.ready(["a"])
        engine.shutdown()
        try await run.value
        var seen: [String] = []
        for await event in events {
            seen.append(event.kind == .engine ? event.engineState.rawValue : "\(event.kind.rawValue) \(event.manifold)")
        }
        #expect(
            seen == ["running", "starting a", "ready a", "draining", "stopping", "stopping a", "stopped a", "stopped"]
        )
        for await _ in engine.observe() { Issue.record("an ended engine has no events") }
    }
}
