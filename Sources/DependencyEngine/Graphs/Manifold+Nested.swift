import Logging

extension Manifold {
    /// Declares an engine of its own as one manifold, which provides it.
    ///
    /// ```swift
    /// Manifold.nested("tenant-7", passing: .database, .cache.deferred) { database, cache in
    ///     Manifold.importer(of: 7)
    ///     Manifold.indexer(of: 7)
    /// }
    /// ```
    ///
    /// What is passed is there inside under the same key, typed: manifolds inside need `.database` as any other does.
    /// When the provider of something passed as it is stops, the nested engine stops before it. Something passed
    /// `.optional` or `.deferred` may come and go: inside, its users follow, and the nested engine runs on.
    ///
    /// The manifold is ready once the engine inside has settled and the resources in `until` are ready; `why` says what
    /// it waits for. It drains and stops with the engine outside, in two phases. An error that ends the engine inside is
    /// a failure of this manifold, judged by its own policy. Its logger's lines carry `engine` with the manifold's name.
    ///
    /// - Parameters:
    ///   - resource: What it is called, and the key under which others need the engine inside, to ask it or add to it.
    ///   - input: What of the engine outside may be used inside.
    ///   - names: What must be ready inside before this manifold is.
    ///   - configuration: Of the engine inside; its shutdown's deadline is also how long this manifold may take to stop.
    ///   - fileID: Where it is declared, for messages; left out.
    ///   - line: Where it is declared, for messages; left out.
    ///   - graph: Makes the graph inside, anew for each start.
    public static func nested<each I: PassedInput>(
        _ resource: Resource<Engine>,
        passing input: repeat each I,
        until names: [String] = [],
        configuration: EngineConfiguration = EngineConfiguration(),
        fileID: StaticString = #fileID,
        line: UInt = #line,
        @GraphBuilder graph: @escaping @Sendable (repeat (each I).Passed) throws -> Graph
    ) -> Manifold {
        let site = "\(fileID):\(line)"
        var edges: [InputEdge] = []
        for one in repeat each input { edges.append(contentsOf: one.passedEdges) }
        var manifold = Manifold(
            name: resource.name,
            site: site,
            edges: edges,
            outputType: Engine.self,
            start: { values in
                var passed: [Manifold] = []
                for one in repeat each input { passed.append(try one.manifold(from: values, site: site)) }
                let inside = try graph(repeat try (each input).passed(from: values))
                let engine = Engine(
                    configuration: configuration,
                    logger: values.engine.logger(inside: resource.name),
                    clock: OuterClock(clock: values.clock)
                )
                try await engine.install(passed + inside.manifolds)
                return Started(worker: NestedEngine(engine: engine, names: names), output: { TypedOutput(engine) })
            }
        )
        manifold.readiness = .signalled
        manifold.deadlines.graceful = configuration.shutdownDeadline + .seconds(1)
        return manifold
    }

    /// Declares an engine of its own as one manifold called `name`; a `Resource<Engine>` of that name reaches it.
    public static func nested<each I: PassedInput>(
        _ name: String,
        passing input: repeat each I,
        until names: [String] = [],
        configuration: EngineConfiguration = EngineConfiguration(),
        fileID: StaticString = #fileID,
        line: UInt = #line,
        @GraphBuilder graph: @escaping @Sendable (repeat (each I).Passed) throws -> Graph
    ) -> Manifold {
        .nested(
            Resource<Engine>(name),
            passing: repeat each input,
            until: names,
            configuration: configuration,
            fileID: fileID,
            line: line,
            graph: graph
        )
    }
}

extension Engine {
    /// The engine's logger for an engine inside the manifold `name`; nested ones read as a path.
    nonisolated func logger(inside name: String) -> Logger {
        var logger = self.logger
        let path = logger[metadataKey: "engine"].map { "\($0)/\(name)" } ?? name
        logger[metadataKey: "engine"] = "\(path)"
        return logger
    }
}
