import DependencyEngine
import DependencyEngineTesting
import Testing

extension Manifold {
    static var web: Manifold {
        .service("web", needs: .settings, .database) { settings, database in
            WebServer(port: settings.http.port, database: database)
        }
    }
}

/// Keeps a database open.
struct DatabaseWorker: Worker {
    let database: Database

    func run(_ context: WorkerContext) async throws {
        await context.stop.wait()
        await self.database.close()
    }
}

extension Manifold {
    static var database: Manifold {
        Manifold(.database) {
            DatabaseWorker(database: try await Database.open())
        } provides: { worker in
            worker.database
        }
        .restart(.vital)
    }
}

@Suite(.timeLimit(.minutes(1))) struct ServerRecipe {
    @Test("a server and a database")
    func runs() async throws {
        try await withEngine([.settings, .database, .web]) { engine, _ in
            try await engine.ready(["web"])
        }
    }
}
