import DependencyEngine
import DependencyEngineTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct TestKitTests {
    @Test("a manual clock wakes who slept until then, and nobody earlier")
    func advance() async throws {
        let clock = ManualClock()
        let journal = Journal()
        let start = clock.now
        let sleeps = [3, 1, 2].map { seconds in
            Task {
                try await clock.sleep(until: start.advanced(by: .seconds(seconds)))
                journal.append("\(seconds)")
            }
        }
        await clock.sleepers(atLeast: 3)
        #expect(clock.sleepers == 3)
        for seconds in 1...3 {
            clock.advance(by: .seconds(1))
            await journal.wait(for: "\(seconds)")
            #expect(clock.sleepers == 3 - seconds)
        }
        for sleep in sleeps { try await sleep.value }
        #expect(journal.lines == ["1", "2", "3"])
        #expect(clock.now.offset == .seconds(3))
        try await clock.sleep(until: clock.now)
    }

    @Test("a sleep on a manual clock ends with its task, before or after it began")
    func cancelledSleep() async throws {
        let clock = ManualClock()
        let asleep = Task { try await clock.sleep(for: .seconds(1)) }
        await clock.sleepers(atLeast: 1)
        asleep.cancel()
        await #expect(throws: CancellationError.self) { try await asleep.value }
        let gate = Gate()
        let early = Task {
            await gate.pass()
            try await clock.sleep(for: .seconds(1))
        }
        early.cancel()
        gate.open()
        await #expect(throws: CancellationError.self) { try await early.value }
        #expect(clock.sleepers == 0)
    }

    @Test("a barrier of a manual clock ends with its task, and at once when enough are asleep")
    func barrier() async {
        let clock = ManualClock()
        await clock.sleepers(atLeast: 0)
        let waiting = Task { await clock.sleepers(atLeast: 1) }
        waiting.cancel()
        await waiting.value
        #expect(clock.sleepers == 0)
    }

    @Test("a test's engine is shut down whatever its body does, and the body's error and result come out")
    func withEngineEnds() async throws {
        let journal = Journal()
        await #expect(throws: Broken.self) {
            try await withEngine(recordingChain(journal)) { engine, _ in
                try await engine.ready(["c"])
                await journal.wait(for: "run c")
                throw Broken()
            }
        }
        #expect(journal.ends.suffix(3) == ["end c", "end b", "end a"])
        let state = try await withEngine(recordingChain(Journal())) { engine, _ in
            try await engine.ready(["c"])
            return await engine.report().state
        }
        #expect(state == .running)
    }

    @Test("a probe waits for a state, and names the root causes of what is down")
    func probe() async throws {
        let failing = Manifold(.a) {
            ClosureWorker { _ in throw Broken() }
        } provides: { _ in
            "a"
        }
        .restart(.exact()).readiness(.signalled)
        let chain = [failing] + recordingChain(Journal()).dropFirst()
        try await withEngine(chain) { engine, _ in
            let probe = EngineProbe(engine)
            try await probe.until("a", is: .backingOff)
            #expect(try await probe.rootCauses(of: "c") == ["a"])
            try await probe.require("c", isDownBecauseOf: "a", saying: "broken")
            let wrong = await #expect(throws: ProbeError.self) { try await probe.require("c", isDownBecauseOf: "b") }
            #expect(
                wrong?.description == """
                    expected c to be down because of b, but:
                    c: waiting: waits for b
                    └─ b: waiting: waits for a
                       └─ a: backing-off: attempt 2 in 1000 ms, last error: broken
                    """
            )
            await #expect(throws: ProbeError.self) {
                try await probe.require("c", isDownBecauseOf: "a", saying: "another")
            }
            await #expect(throws: EngineError.self) { try await probe.require("x", isDownBecauseOf: "a") }
        }
    }

    @Test("a wait for a report ends with the engine")
    func untilEnded() async throws {
        let engine = Engine(clock: ManualClock())
        let waiting = Task { try await until(engine) { _ in false } }
        let run = Task { try await engine.run() }
        engine.shutdown()
        try await run.value
        await #expect(throws: EngineError.self) { try await waiting.value }
    }
}
