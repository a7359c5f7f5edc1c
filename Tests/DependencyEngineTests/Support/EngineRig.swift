import DependencyEngine
import DependencyEngineTesting
import Logging
import Testing

/// Runs an engine around `body` and shuts it down after, whatever `body` did.
func withEngine(
    _ manifolds: [Manifold],
    clock: ManualClock = ManualClock(),
    configuration: EngineConfiguration = EngineConfiguration(seed: 1),
    logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
    _ body: (Engine, ManualClock) async throws -> Void
) async throws {
    let engine = Engine(configuration: configuration, logger: logger, clock: clock)
    try await engine.install(manifolds)
    let run = Task { try await engine.run() }
    do {
        try await body(engine, clock)
    } catch {
        run.cancel()
        clock.advance(by: .seconds(60))
        _ = await run.result
        throw error
    }
    engine.shutdown()
    await withTaskCancellationHandler {
        _ = await run.result
    } onCancel: {
        // Out of time: whatever holds the engine is given up.
        clock.advance(by: .seconds(60))
        run.cancel()
    }
}

/// Returns once the engine's report is as wanted; throws when the engine or the test's time ends before.
func until(_ engine: Engine, _ isWanted: (EngineReport) -> Bool) async throws {
    var events = engine.observe().makeAsyncIterator()
    while await !isWanted(engine.report()) {
        guard await events.next() != nil else { throw EngineError.ended }
    }
}

/// A worker that writes down its life and ends when asked.
struct Recording: Worker {
    var name: String
    var journal: Journal
    /// Set to make a generation fail as soon as it runs.
    var failing: @Sendable (WorkerContext) throws -> Void = { _ in }

    func run(_ context: WorkerContext) async throws {
        self.journal.append("run \(self.name)")
        try self.failing(context)
        await context.stop.wait()
        self.journal.append("end \(self.name)")
    }
}

extension Resource where Value == String {
    static var a: Self { .init("a") }
    static var b: Self { .init("b") }
    static var c: Self { .init("c") }
}

extension Input where Self == Resource<String> {
    static var a: Self { .init("a") }
    static var b: Self { .init("b") }
    static var c: Self { .init("c") }
}

/// a ← b ← c, each writing its life to `journal` and handing its name and generation on.
func recordingChain(_ journal: Journal) -> [Manifold] {
    [
        Manifold(.a) {
            Recording(name: "a", journal: journal)
        } provides: {
            $0.name
        },
        Manifold(.b, needs: .a) { _ in
            Recording(name: "b", journal: journal)
        } provides: {
            $0.name
        },
        Manifold(.c, needs: .b) { _ in
            Recording(name: "c", journal: journal)
        } provides: {
            $0.name
        },
    ]
}
