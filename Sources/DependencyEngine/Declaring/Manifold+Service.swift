public import ServiceLifecycle

extension Manifold {
    /// Declares the manifold of a `Service` that provides `resource`.
    ///
    /// `start` is a factory, called anew for each start, since a service runs only once. The service gets a graceful
    /// shutdown when it is asked to stop and a cancellation when it takes too long.
    public static func service<each I: Input, S: Service, Provided: Sendable>(
        _ resource: Resource<Provided>,
        needs input: repeat each I,
        start: @escaping @Sendable @concurrent (repeat (each I).Received) async throws -> S,
        provides: @escaping @Sendable (S) -> Provided,
        fileID: StaticString = #fileID,
        line: UInt = #line
    ) -> Manifold {
        Manifold(
            name: resource.name,
            site: "\(fileID):\(line)",
            edges: Self.edges(repeat each input),
            outputType: Provided.self,
            start: { values in
                let service = try await start(repeat (each input).received(from: values))
                return Started(worker: HostedService(service: service), output: { TypedOutput(provides(service)) })
            }
        )
    }

    /// Declares the manifold of a `Service` that provides nothing but its work.
    public static func service<each I: Input, S: Service>(
        _ name: String,
        needs input: repeat each I,
        start: @escaping @Sendable @concurrent (repeat (each I).Received) async throws -> S,
        fileID: StaticString = #fileID,
        line: UInt = #line
    ) -> Manifold {
        Manifold(
            name: name,
            site: "\(fileID):\(line)",
            edges: Self.edges(repeat each input),
            outputType: Void.self,
            start: { values in
                let service = try await start(repeat (each input).received(from: values))
                return Started(worker: HostedService(service: service), output: { TypedOutput(()) })
            }
        )
    }
}
