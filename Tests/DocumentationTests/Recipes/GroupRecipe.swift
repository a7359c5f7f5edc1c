import DependencyEngine
import DependencyEngineTesting
import Logging
import Testing

/// A path, and what answers it.
struct Route: Sendable {
    var path: String
}

extension ResourceGroup<Route> {
    static var routes: Self { .init("routes") }
}

extension Manifold {
    static var status: Manifold {
        .constant(Resource<Route>("status-route"), Route(path: "/status")).joining(.routes)
    }

    static var router: Manifold {
        Manifold("router", needs: .all(of: .routes)) { routes in Router(paths: routes.map(\.path)) }
    }
}

struct Router: Worker {
    let paths: [String]

    func run(_ context: WorkerContext) async throws { await context.stop.wait() }
}

/// Two that need each other: one of the edges is deferred.
struct Publisher: Worker {
    let subscribers: Deferred<[String]>

    func run(_ context: WorkerContext) async throws { await context.stop.wait() }

    func publish() async throws -> Int {
        try await self.subscribers.value(timeout: .seconds(5)).count
    }
}

/// Uses the cache while there is one, and runs on without.
struct Reader: Worker {
    let cache: Live<[String: String]>
    let database: Database

    func run(_ context: WorkerContext) async throws {
        for await cache in self.cache.changes() {
            context.logger.info("the cache is \(cache == nil ? "gone" : "there")")
        }
    }

    func read(_ key: String) async throws -> String? {
        if let cached = self.cache.current { return try cached.value[key] }
        return nil
    }
}

extension Input where Self == Resource<[String: String]> {
    static var cache: Self { .init("cache") }
}

extension Manifold {
    static var reader: Manifold {
        Manifold("reader", needs: .cache.optional.live, .database) { cache, database in
            Reader(cache: cache, database: database)
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct GroupRecipe {
    @Test("a router gets every route, and a reader runs without a cache")
    func runs() async throws {
        try await withEngine([.status, .router, .reader, .database]) { engine, _ in
            try await engine.ready(["router", "reader"])
        }
    }

    @Test("one of two that need each other asks for the other when it uses it")
    func publishing() async throws {
        let subscribers = Deferred<[String]>.standalone(["a", "b"])
        #expect(try await Publisher(subscribers: subscribers.handle).publish() == 2)
    }
}
