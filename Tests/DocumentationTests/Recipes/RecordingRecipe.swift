import DependencyEngine
import DependencyEngineTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct RecordingRecipe {
    @Test("what an engine did can be gone through again")
    func replay() async throws {
        let configuration = EngineConfiguration(seed: 1, recordsEvents: 10_000)
        let recording = try await withEngine(application.manifolds, configuration: configuration) { engine, _ in
            try await engine.ready(["web"])
            try await engine.bounce("database")
            try await engine.settled()
            return await engine.recording()
        }
        let actions = try #require(recording).replay()
        #expect(actions.contains("start web 2"))
    }
}
