import DependencyEngine
import Foundation
import Logging
import ServiceLifecycle

/// Three manifolds; a name that is typed is answered with `why`.
@main
struct Tides {
    static func main() async throws {
        let logger = Logger(label: "tides")
        let engine = Engine(logger: logger)
        try await engine.install([.bell, .lookout, .almanac(file: "tides.txt")])
        Task {
            for await line in typedLines() {
                do { print(try await engine.why(line).text) } catch { print(error) }
            }
        }
        let host = ServiceGroup(services: [engine], gracefulShutdownSignals: [.sigint, .sigterm], logger: logger)
        try await host.run()
    }
}

/// The lines that are typed.
func typedLines() -> AsyncStream<String> {
    AsyncStream { continuation in
        Thread.detachNewThread {
            while let line = readLine() { continuation.yield(line) }
            continuation.finish()
        }
    }
}
