import DependencyEngine
import DependencyEngineTesting
import Logging
import ServiceLifecycle
import Testing
import UnixSignals

// MARK: From a service group

private struct DatabaseService: Service {
    func run() async throws { try await gracefulShutdown() }
}

private struct APIService: Service {
    var database: DatabaseService

    func run() async throws { try await gracefulShutdown() }
}

extension Input where Self == Resource<DatabaseService> {
    fileprivate static var databaseService: Self { .init("database-service") }
}

// MARK: From a supervisor

/// Keeps things.
private struct Storage: Sendable {}

private struct StorageWorker: Worker {
    let storage = Storage()

    func run(_ context: WorkerContext) async throws { await context.stop.wait() }
}

private struct APIWorker: Worker {
    let storage: Storage

    func run(_ context: WorkerContext) async throws { await context.stop.wait() }
}

extension Input where Self == Resource<Storage> {
    fileprivate static var storage: Self { .init("storage") }
}

extension Manifold {
    static var storage: Manifold {
        Manifold(.storage) {
            StorageWorker()
        } provides: {
            $0.storage
        }
        .restart(RestartPolicy(healthyAfter: .seconds(60), budget: 5))
    }

    static var api: Manifold {
        Manifold("api", needs: .storage) { storage in APIWorker(storage: storage) }
    }
}

// MARK: From another manifold

private struct Tracer: Sendable {}

private struct Index: Sendable {}

private struct Indexer: Worker {
    let database: Database
    let tracer: Tracer?
    let index = Index()

    func run(_ context: WorkerContext) async throws { await context.stop.wait() }
}

extension Input where Self == Resource<Tracer> {
    fileprivate static var tracer: Self { .init("tracer") }
}

extension Input where Self == Resource<Index> {
    fileprivate static var index: Self { .init("index") }
}

extension Manifold {
    static var indexer: Manifold {
        Manifold(.index, needs: .database, .tracer.optional) { database, tracer in
            Indexer(database: database, tracer: tracer)
        } provides: { indexer in
            indexer.index
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct PortedTests {
    @Test("two services, in a group and in an engine")
    func services() async throws {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

        let database = DatabaseService()
        let before = ServiceGroup(
            services: [database, APIService(database: database)],
            gracefulShutdownSignals: [.sigterm],
            logger: logger
        )

        let engine = Engine(logger: logger)
        try await engine.install([
            .service(.databaseService) {
                DatabaseService()
            } provides: {
                $0
            },
            .service("api", needs: .databaseService) { database in APIService(database: database) },
        ])
        let after = ServiceGroup(services: [engine], gracefulShutdownSignals: [.sigterm], logger: logger)

        let run = Task { try await after.run() }
        try await engine.ready(["api"])
        await after.triggerGracefulShutdown()
        try await run.value
        await before.triggerGracefulShutdown()
    }

    @Test("the children of a supervisor, and a manifold with an optional input")
    func manifolds() async throws {
        try await withEngine([.storage, .api, .database, .indexer]) { engine, _ in
            try await engine.ready(["api", "index"])
        }
    }
}
