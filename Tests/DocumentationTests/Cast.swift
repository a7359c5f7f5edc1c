import DependencyEngine
import ServiceLifecycle

// What the articles' examples are about.

/// What an application is told from outside.
struct Settings: Sendable, Equatable {
    struct HTTP: Sendable, Equatable {
        var port = 8080
    }

    struct Mail: Sendable, Equatable {
        var sender = "info@example.org"
    }

    var http = HTTP()
    var mail = Mail()
}

extension Input where Self == Resource<Settings> {
    static var settings: Self { .init("settings") }
}

extension Manifold {
    static var settings: Manifold { .constant(.settings, Settings()) }
}

/// A database that is opened and closed.
actor Database {
    private(set) var isOpen = true

    static func open() async throws -> Database { Database() }

    func ping() throws {
        if !self.isOpen { throw Unreachable() }
    }

    func close() { self.isOpen = false }
}

struct Unreachable: Error, CustomStringConvertible {
    var description: String { "unreachable" }
}

extension Input where Self == Resource<Database> {
    static var database: Self { .init("database") }
}

/// A server of the ecosystem: serves until a graceful shutdown.
struct WebServer: Service {
    var port: Int
    var database: Database

    func run() async throws { try await gracefulShutdown() }
}

/// Runs until it is asked to end.
struct Idle: Worker {
    func run(_ context: WorkerContext) async throws { await context.stop.wait() }
}
