import DependencyEngine
import DependencyEngineTesting
import Testing

extension Input where Self == Resource<Watched<Settings>> {
    static var configuration: Self { .init("configuration") }
}

extension Input where Self == Resource<Settings.HTTP> {
    static var httpSettings: Self { .init("http-settings") }
}

extension Input where Self == Resource<Settings.Mail> {
    static var mailSettings: Self { .init("mail-settings") }
}

extension Graph {
    static func configured(by configuration: Watched<Settings>) -> Graph {
        Graph {
            Manifold.constant(.configuration, configuration)
            Manifold.slice(.httpSettings, of: .configuration) { $0.http }
            Manifold.slice(.mailSettings, of: .configuration) { $0.mail }
            Manifold("http", needs: .httpSettings) { http in Listener(port: http.port) }
            Manifold("mailer", needs: .mailSettings) { mail in Mailer(sender: mail.sender) }
        }
    }
}

struct Listener: Worker {
    let port: Int

    func run(_ context: WorkerContext) async throws { await context.stop.wait() }
}

struct Mailer: Worker {
    let sender: String

    func run(_ context: WorkerContext) async throws { await context.stop.wait() }
}

extension Manifold {
    static func tenant(_ name: String) -> Manifold {
        .nested(name, passing: .database, .cache.deferred) { _, _ in
            Manifold("importer", needs: .database) { database in Cleaner(database: database) }
            Manifold("lookup", needs: .cache.deferred) { cache in Lookup(cache: cache) }
        }
    }
}

struct Lookup: Worker {
    let cache: Deferred<[String: String]>

    func run(_ context: WorkerContext) async throws { await context.stop.wait() }
}

@Suite(.timeLimit(.minutes(1))) struct ConfigurationRecipe {
    @Test("a change of the configuration bounces what read the changed part")
    func slices() async throws {
        let (configuration, setter) = Watched.make(Settings())
        let graph = Graph.configured(by: configuration)
        try await withEngine(graph.manifolds) { engine, _ in
            try await engine.ready(["http", "mailer"])
            setter.update { $0.http.port = 9090 }
            try await until(engine) { $0["http"]?.generation == 2 && $0["http"]?.state == .ready }
            #expect(await engine.report()["mailer"]?.generation == 1)
        }
    }

    @Test("an engine inside a manifold")
    func tenants() async throws {
        try await withEngine([.database, .tenant("north"), .tenant("south")]) { engine, _ in
            try await engine.ready(["north", "south"])
        }
    }
}
