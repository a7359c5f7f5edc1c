extension Manifold {
    /// Declares the manifold that provides `resource`.
    ///
    /// - Parameters:
    ///   - resource: What it provides; its name becomes the manifold's.
    ///   - input: What it needs, each arriving in order as an argument of `start`; left out when nothing is.
    ///   - start: Makes the worker; cancelled when an input goes meanwhile, or when it takes too long.
    ///   - ready: A probe: throws while the worker is not ready. With it the manifold is `.probed()`, unless set otherwise.
    ///   - provides: Takes the output from the worker, once it is ready.
    ///   - fileID: Where it is declared, for messages; left out.
    ///   - line: Where it is declared, for messages; left out.
    public init<each I: Input, W: Worker, Provided: Sendable>(
        _ resource: Resource<Provided>,
        needs input: repeat each I,
        start: @escaping @Sendable @concurrent (repeat (each I).Received) async throws -> W,
        ready: (@Sendable @concurrent (W) async throws -> Void)? = nil,
        provides: @escaping @Sendable (W) -> Provided,
        fileID: StaticString = #fileID,
        line: UInt = #line
    ) {
        let reports = W.self is any ReportingWorker.Type
        self.init(
            name: resource.name,
            site: "\(fileID):\(line)",
            edges: Self.edges(repeat each input),
            outputType: Provided.self,
            start: { values in
                let worker = try await start(repeat (each input).received(from: values))
                return Started(worker, reports: reports, ready: ready, output: { TypedOutput(provides(worker)) })
            },
            readiness: ready == nil ? .started : .probed()
        )
    }

    /// Declares a manifold that provides nothing but its work; others may still need it as a `Resource<Void>`.
    ///
    /// With `ready`, which throws while the worker is not ready, the manifold is `.probed()`, unless set otherwise.
    public init<each I: Input, W: Worker>(
        _ name: String,
        needs input: repeat each I,
        start: @escaping @Sendable @concurrent (repeat (each I).Received) async throws -> W,
        ready: (@Sendable @concurrent (W) async throws -> Void)? = nil,
        fileID: StaticString = #fileID,
        line: UInt = #line
    ) {
        let reports = W.self is any ReportingWorker.Type
        self.init(
            name: name,
            site: "\(fileID):\(line)",
            edges: Self.edges(repeat each input),
            outputType: Void.self,
            start: { values in
                let worker = try await start(repeat (each input).received(from: values))
                return Started(worker, reports: reports, ready: ready, output: { TypedOutput(()) })
            },
            readiness: ready == nil ? .started : .probed()
        )
    }

    static func edges<each I: Input>(_ input: repeat each I) -> [InputEdge] {
        var edges: [InputEdge] = []
        for one in repeat each input { edges.append(contentsOf: one.edges) }
        return edges
    }
}

extension Manifold.Started {
    /// - Parameter reports: Whether `W` is a `ReportingWorker`; found out once a declaration, not once a start.
    convenience init<W: Worker>(
        _ worker: W,
        reports: Bool,
        ready: (@Sendable @concurrent (W) async throws -> Void)?,
        output: @escaping @Sendable () -> any Output
    ) {
        var probe: (@Sendable @concurrent () async throws -> Void)?
        if let ready { probe = { try await ready(worker) } }
        var report: (@Sendable @concurrent () async -> [String: String])?
        if reports, let worker = worker as? any ReportingWorker { report = { await worker.report() } }
        self.init(worker: worker, output: output, probe: probe, report: report)
    }
}
