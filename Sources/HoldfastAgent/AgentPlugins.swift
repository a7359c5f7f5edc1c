package import DependencyEngine
import EnginePlugins
package import Logging
import NIOConcurrencyHelpers

/// The agent's plugins: loaded once, before the engine runs, and what became of each.
package struct AgentPlugins: Sendable {
    /// What an operator is told.
    package struct Answer: Sendable, Encodable {
        package struct Loaded: Sendable, Encodable {
            package var name: String
            package var manifolds: [String]
        }

        package struct Refused: Sendable, Encodable {
            package var name: String
            package var reason: String
        }

        /// Nil when the configuration names none.
        package var directory: String?
        package var loaded: [Loaded] = []
        package var refused: [Refused] = []
    }

    private let state = NIOLockedValueBox(Answer())

    package init() {}

    package var answer: Answer { self.state.withLockedValue { $0 } }

    /// Loads what the configured directory holds and installs it; refused plugins are logged and keep nobody waiting,
    /// unless the configuration requires all.
    package func load(
        _ configuration: AgentConfiguration,
        into engine: Engine,
        beside graph: Graph,
        logger: Logger
    ) async throws {
        guard let path = configuration.pluginDirectory else { return }
        var answer = Answer(directory: path)
        var outcome: PluginOutcome
        do {
            let loader = PluginLoader(host: try .current(), logger: logger)
            outcome = try loader.load(PluginDirectory(path: path), beside: graph)
        } catch {
            throw ConfigurationError("\(error)")
        }
        let unfit = await engine.install(outcome.plugins)
        for refusal in unfit { logger.error("\(refusal)", metadata: ["plugin": "\(refusal.plugin)"]) }
        outcome.refusals += unfit
        answer.refused = outcome.refusals.map { Answer.Refused(name: $0.plugin, reason: $0.description) }
        let gone = Set(unfit.map(\.plugin))
        answer.loaded = outcome.plugins.filter { !gone.contains($0.name) }.map {
            Answer.Loaded(name: $0.name, manifolds: $0.graph.names)
        }
        let final = answer
        self.state.withLockedValue { $0 = final }
        if configuration.requiresPlugins, let refusal = outcome.refusals.first {
            throw ConfigurationError("\(refusal)")
        }
    }
}
