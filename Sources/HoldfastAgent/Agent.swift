import AgentResources
package import DependencyEngine
package import Logging
package import NIOPosix
import Prometheus
import ServiceLifecycle
import Systemd

/// One controller: the engine with every worker of the agent in it, and the socket that tells how they are.
package struct Agent: Service {
    /// The version told to clients.
    package static let version = "0.1.0"

    /// What runs now; changes when the file is read again.
    package var configuration: AgentConfiguration { self.watched.current }
    private let watched: Watched<AgentConfiguration>
    private let setConfiguration: Watched<AgentConfiguration>.Setter
    package let engine: Engine
    private let socket: EngineSocket
    private let group: MultiThreadedEventLoopGroup

    /// Declares the workers and loads the plugins; nothing runs before `run`.
    ///
    /// - Parameter group: serves the API and the engine socket; Raft has a thread of its own.
    package init(
        configuration: AgentConfiguration,
        logger: Logger,
        group: MultiThreadedEventLoopGroup = .singleton
    ) async throws {
        (self.watched, self.setConfiguration) = Watched.make(configuration)
        self.group = group
        let metrics = MetricRegistry.agent()
        self.engine = Engine(logger: logger, metrics: metrics.factory)
        let plugins = AgentPlugins()
        let access = EngineOperator(
            engine: self.engine,
            faultInjection: configuration.faultInjection,
            plugins: plugins
        )
        self.socket = EngineSocket(path: "\(configuration.dataDirectory)/engine.socket", access: access, logger: logger)
        let graph = Graph(Self.manifolds(configuration: self.watched, engine: access, metrics: metrics, group: group))
        try await self.engine.install(graph)
        try await plugins.load(configuration, into: self.engine, beside: graph, logger: logger)
    }

    /// Takes what can change while the agent runs from a configuration read again; returns the names of what else
    /// differs, which only a restart changes.
    package func reload(_ file: AgentConfiguration) -> [String] {
        let (taken, needsRestart) = self.configuration.reloaded(from: file)
        self.setConfiguration.set(taken)
        return needsRestart
    }

    /// Tells the service manager once that the whole agent is stopping, whatever makes it stop.
    private func tellStopping() async {
        for await event in self.engine.observe() where event.engineState == .draining || event.engineState == .stopping
        {
            ServiceNotifier().notify(.stopping)
            return
        }
    }

    /// Runs until a graceful shutdown, cancellation, or a failure no restart can mend, which is thrown.
    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await self.socket.run(on: self.group) }
            tasks.addTask { await self.tellStopping() }
            // The engine's end is the agent's; the socket answers to the last.
            defer { tasks.cancelAll() }
            try await self.engine.run()
        }
    }
}
