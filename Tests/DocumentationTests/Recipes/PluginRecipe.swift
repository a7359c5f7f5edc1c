import DependencyEngine
import EnginePlugins
import Logging

/// What a plugin consists of: one type of this name, and its workers.
enum Plugin: EnginePlugin {
    static func graph(_ context: PluginContext) -> Graph {
        Manifold("greeter") { Greeter(logger: context.logger) }
    }
}

struct Greeter: Worker {
    let logger: Logger

    func run(_ context: WorkerContext) async throws {
        self.logger.info("hello")
        await context.stop.wait()
    }
}

/// Installs the program's own manifolds and those of the plugins that fit.
func installEverything(in engine: Engine, logger: Logger) async throws {
    let loader = PluginLoader(host: try .current(), logger: logger)
    let outcome = try loader.load(PluginDirectory(path: "/usr/lib/application/plugins"), beside: application)
    try await engine.install(application)
    let unfit = await engine.install(outcome.plugins)
    for refusal in outcome.refusals + unfit { logger.error("\(refusal)") }
}
