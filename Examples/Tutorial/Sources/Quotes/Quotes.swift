import DependencyEngine
import Logging
import ServiceLifecycle

@main
struct Quotes {
    static func main() async throws {
        let logger = Logger(label: "quotes")
        let engine = Engine(logger: logger)
        try await engine.install([.settings(file: "settings.txt"), .quotes, .server])

        Task {
            for await line in typedLines() { print(await answer(line, engine)) }
        }

        let host = ServiceGroup(services: [engine], gracefulShutdownSignals: [.sigint, .sigterm], logger: logger)
        try await host.run()
    }
}
