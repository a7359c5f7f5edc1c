public import DependencyEngine
public import Logging

/// Runs an engine with `manifolds` on a manual clock around `body`, shuts it down after, whatever `body` did, and
/// returns once it has ended.
///
/// Rethrows what `body` threw. How the engine ended is no error here: a test of that calls `Engine.run` itself. The
/// clock stands still during the shutdown, so a worker that ignores its stop holds it until the test's own time limit
/// cancels the task; move the clock on inside `body` to see such a worker abandoned.
///
/// - Parameters:
///   - manifolds: Installed before the engine runs.
///   - clock: The engine's clock; also handed to `body`.
///   - configuration: With a fixed seed unless given, so that jitter repeats.
///   - logger: Says nothing unless given.
///   - body: Gets the running engine and its clock.
public func withEngine<Result>(
    _ manifolds: [Manifold] = [],
    clock: ManualClock = ManualClock(),
    configuration: EngineConfiguration = EngineConfiguration(seed: 1),
    logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
    _ body: (Engine, ManualClock) async throws -> Result
) async throws -> Result {
    let engine = Engine(configuration: configuration, logger: logger, clock: clock)
    try await engine.install(manifolds)
    let run = Task { try await engine.run() }
    let result: Result
    do {
        result = try await body(engine, clock)
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
    return result
}
