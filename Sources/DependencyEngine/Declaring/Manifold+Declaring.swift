extension Manifold {
    /// Declares the manifold that provides `resource`.
    ///
    /// - Parameters:
    ///   - resource: What it provides; its name becomes the manifold's.
    ///   - input: What it needs, each arriving in order as an argument of `start`; left out when nothing is.
    ///   - start: Makes the worker; cancelled when an input goes meanwhile, or when it takes too long.
    ///   - provides: Takes the output from the worker, once it is ready.
    ///   - fileID: Where it is declared, for messages; left out.
    ///   - line: Where it is declared, for messages; left out.
    public init<each I: Input, W: Worker, Provided: Sendable>(
        _ resource: Resource<Provided>,
        needs input: repeat each I,
        start: @escaping @Sendable @concurrent (repeat (each I).Received) async throws -> W,
        provides: @escaping @Sendable (W) -> Provided,
        fileID: StaticString = #fileID,
        line: UInt = #line
    ) {
        self.init(
            name: resource.name,
            site: "\(fileID):\(line)",
            edges: Self.edges(repeat each input),
            outputType: Provided.self,
            start: { values in
                let worker = try await start(repeat (each input).received(from: values))
                return Started(worker: worker, output: { TypedOutput(provides(worker)) })
            }
        )
    }

    /// Declares a manifold that provides nothing but its work; others may still need it as a `Resource<Void>`.
    public init<each I: Input, W: Worker>(
        _ name: String,
        needs input: repeat each I,
        start: @escaping @Sendable @concurrent (repeat (each I).Received) async throws -> W,
        fileID: StaticString = #fileID,
        line: UInt = #line
    ) {
        self.init(
            name: name,
            site: "\(fileID):\(line)",
            edges: Self.edges(repeat each input),
            outputType: Void.self,
            start: { values in
                let worker = try await start(repeat (each input).received(from: values))
                return Started(worker: worker, output: { TypedOutput(()) })
            }
        )
    }

    static func edges<each I: Input>(_ input: repeat each I) -> [InputEdge] {
        var edges: [InputEdge] = []
        for one in repeat each input { edges.append(contentsOf: one.edges) }
        return edges
    }
}
