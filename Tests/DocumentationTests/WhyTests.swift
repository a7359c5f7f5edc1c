import DependencyEngine
import DependencyEngineTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct WhyTests {
    struct NoFile: Error, CustomStringConvertible {
        var description: String { "settings.txt: no such file" }
    }

    @Test("the tree that the article shows is the one the engine gives")
    func tree() async throws {
        let settings = Resource<Void>("settings")
        let quotes = Resource<Void>("quotes")
        let policy = RestartPolicy(jitter: 0)
        let manifolds = [
            Manifold("settings") { () -> Idle in throw NoFile() }.restart(policy),
            Manifold("quotes", needs: settings) { _ in Idle() },
            Manifold("server", needs: quotes) { _ in Idle() },
        ]
        try await withEngine(manifolds) { engine, clock in
            try await until(engine) { $0["settings"]?.failureCount == 1 }
            clock.advance(by: .seconds(1))
            try await until(engine) { $0["settings"]?.failureCount == 2 }
            #expect(
                try await engine.why("server").text == """
                    server: waiting: waits for quotes
                    └─ quotes: waiting: waits for settings
                       └─ settings: backing-off: attempt 3 in 2000 ms, last error: settings.txt: no such file
                    """
            )
        }
    }

    @Test("the tutorial's answer is the one the engine gives")
    func tutorial() async throws {
        let settings = Resource<Void>("settings")
        let quotes = Resource<Void>("quotes")
        let manifolds = [
            Manifold("settings") { Idle() },
            Manifold("quotes", needs: settings) { _ -> Idle in throw NoQuotes() }.restart(RestartPolicy(jitter: 0)),
            Manifold("server", needs: settings, quotes) { _, _ in Idle() },
        ]
        try await withEngine(manifolds) { engine, clock in
            try await until(engine) { $0["quotes"]?.failureCount == 1 }
            clock.advance(by: .seconds(1))
            try await until(engine) { $0["quotes"]?.failureCount == 2 }
            #expect(
                try await engine.why("server").text == """
                    server: waiting: waits for quotes
                    └─ quotes: backing-off: attempt 3 in 2000 ms, last error: quotes.txt: cannot be read
                    """
            )
        }
    }

    struct NoQuotes: Error, CustomStringConvertible {
        var description: String { "quotes.txt: cannot be read" }
    }
}
