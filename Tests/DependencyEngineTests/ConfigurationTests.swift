import DependencyEngine
import DependencyEngineTesting
import Testing

@Suite struct ConfigurationTests {
    @Test("an engine whose configuration makes no sense does not run, and says which part")
    func refused() async throws {
        let bad = [
            (EngineConfiguration(settleWindow: .seconds(-1)), "the settle window of -1.0 seconds is negative"),
            (EngineConfiguration(startDeadline: .zero), "the start deadline of 0.0 seconds is not above zero"),
            (EngineConfiguration(shutdownDeadline: .seconds(-1)), "the shutdown deadline of -1.0 seconds is negative"),
        ]
        for (configuration, message) in bad {
            let engine = Engine(configuration: configuration, clock: ManualClock())
            let error = await #expect(throws: EngineError.self) { try await engine.run() }
            #expect(error?.description == "the engine cannot run: \(message)")
        }
    }

    @Test("an engine whose configuration is at its edges runs, and ends")
    func edges() async throws {
        let configuration = EngineConfiguration(
            settleWindow: .zero,
            startDeadline: .seconds(1),
            shutdownDeadline: .zero
        )
        let engine = Engine(configuration: configuration, clock: ManualClock())
        engine.shutdown()
        try await engine.run()
        #expect(await engine.report().state == .stopped)
    }
}
