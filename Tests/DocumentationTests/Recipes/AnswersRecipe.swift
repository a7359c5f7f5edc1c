import DependencyEngine
import DependencyEngineTesting
import Testing

/// Who would stop if `name` were bounced, the first to stop first.
func rehearse(_ name: String, in engine: Engine) async throws -> [String] {
    let impact = try await engine.impact(name)
    return impact.stops.flatMap { wave in wave.map(\.name) }
}

@Suite(.timeLimit(.minutes(1))) struct AnswersRecipe {
    @Test("a bounce of the database would stop the server first")
    func impact() async throws {
        try await withEngine(application.manifolds) { engine, _ in
            try await engine.ready(["web"])
            #expect(try await rehearse("database", in: engine) == ["web", "database"])
        }
    }

    @Test("the graph is drawn as it is now")
    func graph() async throws {
        try await withEngine(application.manifolds) { engine, _ in
            try await engine.ready(["web"])
            let drawing = await engine.graph(.svg)
            #expect(drawing.hasPrefix("<"))
        }
    }
}
