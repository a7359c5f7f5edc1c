import DependencyEngine
import DependencyEngineTesting
import Logging
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

    @Test("a deadline to be ready that is negative is refused with its manifold")
    func readiness() async throws {
        let engine = Engine(clock: ManualClock())
        let late = Manifold("late") { IdleWorker() }.readiness(.signalled(within: .seconds(-1)))
        let error = await #expect(throws: InstallError.self) { try await engine.install([late]) }
        #expect(error?.description.hasSuffix("its deadline of -1.0 seconds to be ready is negative") == true)
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

    @Test("deadlines and delays without end trap nowhere on a real clock")
    func endless() async throws {
        let endless = Duration.seconds(Int64.max)
        let engine = Engine(
            configuration: EngineConfiguration(
                settleWindow: endless,
                startDeadline: endless,
                shutdownDeadline: endless
            ),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        let failing = Manifold("failing") { ClosureWorker { _ in throw Broken() } }
            .restart(RestartPolicy(firstDelay: endless, maximumDelay: endless, healthyAfter: endless))
        let running = Manifold("running") { IdleWorker() }.starting(within: endless).draining(upTo: .zero)
            .stopping(graceful: endless, cancelled: endless)
        try await engine.install([failing, running])
        let run = Task { try await engine.run() }
        try await until(engine) { $0["failing"]?.state == .backingOff && $0["running"]?.state == .ready }
        #expect(try await engine.why("failing").retryInMilliseconds ?? 0 > 1_000_000_000)
        engine.shutdown()
        try await run.value
    }
}
