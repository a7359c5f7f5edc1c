extension Manifold {
    /// Declares a manifold that provides a value made elsewhere: started with the engine, ready at once, never failing.
    public static func constant<Value: Sendable>(
        _ resource: Resource<Value>,
        _ value: Value,
        fileID: StaticString = #fileID,
        line: UInt = #line
    ) -> Manifold {
        .constant(resource, value, site: "\(fileID):\(line)")
    }

    static func constant<Value: Sendable>(_ resource: Resource<Value>, _ value: Value, site: String) -> Manifold {
        // Built once: every start hands out the same box.
        let output = TypedOutput(value)
        return Manifold(
            name: resource.name,
            site: site,
            edges: [],
            outputType: Value.self,
            start: { _ in Started(worker: Idle(), output: { output }) }
        )
    }

    /// Has nothing to do but to be there.
    private struct Idle: Worker {
        func run(_ context: WorkerContext) async { await context.stop.wait() }
    }
}
