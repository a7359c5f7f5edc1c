import DependencyEngine
import Logging
import ServiceLifecycle
import UnixSignals

/// The whole server: who there is. Who waits for whom follows from what each needs.
///
///     settings file ← configuration ← http part     ← http
///                                   ← database part ← database ← http, tidier
///                                   ← tidier part   ← tidier
extension Graph {
    /// The server with `configuration` as what provides its configuration.
    static func bookmarks(watching configuration: Manifold) -> Graph {
        Graph {
            configuration

            // A change of one part starts anew only what needs that part.
            Manifold.slice(.httpSettings, of: .configuration) { $0.http }
            Manifold.slice(.databaseSettings, of: .configuration) { $0.database }
            Manifold.slice(.tidierSettings, of: .configuration) { $0.tidier }

            Manifold.database
            Manifold.http
            Manifold.tidier
        }
    }
}

@main struct Bookmarks {
    static func main() async throws {
        let path = CommandLine.arguments.dropFirst().first ?? "configuration.json"
        let logger = Logger(label: "bookmarks")
        let engine = Engine(logger: logger)
        try await engine.install(.bookmarks(watching: .configuration(from: ConfigurationFile(path: path))))

        // The engine is one service of the host, which alone traps the signals that end the process.
        let host = ServiceGroup(services: [engine], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await host.run()
    }
}
