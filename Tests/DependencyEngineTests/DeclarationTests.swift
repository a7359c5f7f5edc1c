import DependencyEngine
import Testing

struct Database: Sendable { var name: String }
struct Cache: Sendable { var size: Int }
protocol Listener: Sendable {}
struct Port: Listener {}

extension Input where Self == Resource<Database> {
    static var database: Self { .init("database") }
}

extension Input where Self == Resource<Cache> {
    static var cache: Self { .init("cache") }
}

extension Input where Self == Resource<any Listener> {
    static var listener: Self { .init("listener") }
}

struct IdleWorker: Worker {
    var database = Database(name: "main")
    func run(_ context: WorkerContext) async throws { await context.stop.wait() }
}

extension Manifold {
    static var database: Manifold {
        Manifold(.database) {
            IdleWorker()
        } provides: {
            $0.database
        }
    }

    static var server: Manifold {
        Manifold("server", needs: .database, .cache.optional, .listener.deferred) { database, cache, listener in
            let unused: (Database, Cache?, Deferred<any Listener>) = (database, cache, listener)
            _ = unused
            return IdleWorker()
        }
        .restart(.vital).stopping(graceful: .seconds(1)).readiness(.signalled)
    }

    static var listener: Manifold {
        Manifold(.listener, needs: .database) { _ in
            IdleWorker()
        } provides: { _ in
            Port()
        }
    }

    static var alone: Manifold {
        Manifold("alone") { IdleWorker() }
    }
}

@Suite struct DeclarationTests {
    @Test("a declaration carries its name, its inputs and where it stands")
    func declaration() {
        #expect(Manifold.server.name == "server")
        #expect(Manifold.server.edges.map(\.name) == ["database", "cache", "listener"])
        #expect(Manifold.server.edges.map(\.kind) == [.required, .optional, .deferred])
        #expect(Manifold.database.site.hasPrefix("DependencyEngineTests/DeclarationTests.swift:"))
        #expect(Manifold.alone.edges.isEmpty)
    }
}
