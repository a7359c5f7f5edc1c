extension Manifold {
    /// Declares a manifold that provides a value made elsewhere: started with the engine, ready at once, never failing.
    public static func constant<Value: Sendable>(
        _ resource: Resource<Value>,
        _ value: Value,
        fileID: StaticString = #fileID,
        line: UInt = #line
    ) -> Manifold {
        // Built once: every start hands out the same box.
        let output = TypedOutput(value)
        return Manifold(
            name: resource.name,
            site: "\(fileID):\(line)",
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
