import DependencyEngine
import DependencyEngineTesting
import Logging
import Synchronization
import Testing

/// Reads what a supplier sends.
struct Importer: Worker {
    var file = "prices.csv"

    func run(_ context: WorkerContext) async throws {
        context.logger.info("importing")
        try await readPrices(from: self.file)
        await context.stop.wait()
    }
}

/// Anywhere below a start function or a worker: nobody hands the logger on.
func readPrices(from file: String) async throws {
    Logger.current.debug("reading", metadata: ["file": "\(file)"])
    throw Unreachable()
}

/// Writes each line into a list.
private struct ListLog: LogHandler {
    final class Lines: Sendable {
        private let lines = Mutex<[String]>([])

        func append(_ line: String) { self.lines.withLock { $0.append(line) } }
        var all: [String] { self.lines.withLock { $0 } }
    }

    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let metadata = self.metadata.merging(event.metadata ?? [:]) { $1 }
        let words = metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        self.lines.append(([event.level.rawValue, event.message.description] + words).joined(separator: " "))
    }
}

@Suite(.timeLimit(.minutes(1))) struct LoggingRecipe {
    @Test("a failing worker's last debug lines are written though the level is info, each saying whose it is")
    func recorder() async throws {
        let lines = ListLog.Lines()
        let logger = Logger(label: "test", factory: { _ in ListLog(lines: lines) })
        let importer = Manifold("importer") { Importer() }.restart(RestartPolicy(jitter: 0))
        try await withEngine([importer], logger: logger) { engine, _ in
            try await until(engine) { $0["importer"]?.failureCount == 1 }
        }
        let expected = """
            info importing attempt=1 generation=1 manifold=importer
            debug reading attempt=1 before-failure-ms=0 file=prices.csv generation=1 manifold=importer recorded-at-ms=0
            """
        let wanted = expected.split(separator: "\n").map(String.init)
        let found = lines.all
        #expect(found.filter(wanted.contains) == wanted, "\(found)")
        let failure = try #require(found.firstIndex { $0.hasPrefix("warning importer failed: unreachable") })
        #expect(found[failure - 1] == wanted.last)
    }
}
