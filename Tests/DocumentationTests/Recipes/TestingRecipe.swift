import DependencyEngine
import DependencyEngineTesting
import Testing

let application = Graph {
    Manifold.settings
    Manifold.database
    Manifold.web
}

@Suite(.timeLimit(.minutes(1))) struct ReplacingTests {
    @Test("the server runs on a database of the test's own")
    func ownDatabase() async throws {
        let database = Database()
        let graph = try application.replacing(.database, with: database)
        try await withEngine(graph.manifolds) { engine, _ in
            try await engine.ready(["web"])
        }
        #expect(await database.isOpen)
    }
}

@Suite(.timeLimit(.minutes(1))) struct BackOffTests {
    @Test("a database that cannot be reached is tried again after one second, then after two")
    func backOff() async throws {
        let database = Manifold("database") { () -> Idle in throw Unreachable() }
            .restart(RestartPolicy(jitter: 0))
        try await withEngine([database]) { engine, clock in
            try await until(engine) { $0["database"]?.failureCount == 1 }
            #expect(await engine.report()["database"]?.retryInMilliseconds == 1000)
            clock.advance(by: .seconds(1))
            try await until(engine) { $0["database"]?.failureCount == 2 }
            #expect(await engine.report()["database"]?.retryInMilliseconds == 2000)
        }
    }
}
