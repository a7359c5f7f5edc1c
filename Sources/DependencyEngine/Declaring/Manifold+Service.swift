public import ServiceLifecycle

extension Manifold {
    /// Declares the manifold of a `Service` that provides `resource`.
    ///
    /// `start` is a factory, called anew for each start, since a service runs only once. The service gets a graceful
    /// shutdown when it is asked to stop and a cancellation when it takes too long. With `ready`, which throws while the
    /// running service is not ready, the manifold is `.probed()`, unless set otherwise.
    public static func service<each I: Input, S: Service, Provided: Sendable>(
        _ resource: Resource<Provided>,
        needs input: repeat each I,
        start: @escaping @Sendable @concurrent (repeat (each I).Received) async throws -> S,
        ready: (@Sendable @concurrent (S) async throws -> Void)? = nil,
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
                return Started(hosting: service, ready: ready, output: { TypedOutput(provides(service)) })
            },
            readiness: ready == nil ? .started : .probed()
        )
    }

    /// Declares the manifold of a `Service` that provides nothing but its work.
    public static func service<each I: Input, S: Service>(
        _ name: String,
        needs input: repeat each I,
        start: @escaping @Sendable @concurrent (repeat (each I).Received) async throws -> S,
        ready: (@Sendable @concurrent (S) async throws -> Void)? = nil,
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
                return Started(hosting: service, ready: ready, output: { TypedOutput(()) })
            },
            readiness: ready == nil ? .started : .probed()
        )
    }
}

extension Manifold.Started {
    fileprivate convenience init<S: Service>(
        hosting service: S,
        ready: (@Sendable @concurrent (S) async throws -> Void)?,
        output: @escaping @Sendable () -> any Output
    ) {
        var probe: (@Sendable @concurrent () async throws -> Void)?
        if let ready { probe = { try await ready(service) } }
        self.init(worker: HostedService(service: service), output: output, probe: probe)
    }
}
