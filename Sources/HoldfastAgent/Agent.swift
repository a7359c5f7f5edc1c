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

    package let configuration: AgentConfiguration
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
        self.configuration = configuration
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
        let graph = Graph(Self.manifolds(configuration: configuration, engine: access, metrics: metrics, group: group))
        try await self.engine.install(graph)
        try await plugins.load(configuration, into: self.engine, beside: graph, logger: logger)
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
