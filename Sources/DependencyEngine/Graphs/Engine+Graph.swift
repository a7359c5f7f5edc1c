public import CoreMetrics
public import Logging

extension Engine {
    /// Makes an engine with a graph installed; nothing starts before `run`. Throws what `install` throws.
    ///
    /// ```swift
    /// let engine = try await Engine(logger: logger) {
    ///     Manifold.configuration
    ///     Manifold.database
    /// }
    /// ```
    public init(
        configuration: EngineConfiguration = EngineConfiguration(),
        logger: Logger = Logger(label: "engine"),
        metrics: (any MetricsFactory)? = nil,
        clock: any Clock<Duration> = ContinuousClock(),
        @GraphBuilder graph: @Sendable () throws -> Graph
    ) async throws {
        self.init(configuration: configuration, logger: logger, metrics: metrics, clock: clock)
        try self.install(graph())
    }

    /// Adds the manifolds of a graph, all or none; a running engine starts them at once in resolved order.
    ///
    /// Unknown inputs are fine: what needs them waits until they are installed.
    public func install(_ graph: Graph) throws(InstallError) {
        try self.install(graph.manifolds)
    }

    /// Adds the manifolds listed, all or none; a running engine starts them at once in resolved order.
    public func install(@GraphBuilder _ graph: @Sendable () throws -> Graph) throws {
        try self.install(graph())
    }

    /// Returns once all of these are ready at the same time; throws on cancellation, and when the engine has ended.
    public func ready<each I: Input>(_ input: repeat each I) async throws {
        var names: [String] = []
        for one in repeat each input { names.append(contentsOf: one.edges.filter { !$0.isGroup }.map(\.name)) }
        try await self.ready(names)
    }
}
