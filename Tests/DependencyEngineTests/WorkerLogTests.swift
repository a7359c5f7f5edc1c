import DependencyEngine
import DependencyEngineTesting
import Logging
import Testing

@Suite(.timeLimit(.minutes(1))) struct WorkerLogTests {
    @Test("lines of the start, the probe and the run say whose they are, without a logger being handed on")
    func current() async throws {
        let log = Journal()
        let manifold = Manifold("x") {
            Logger.current.info("starting")
            return ClosureWorker { context in
                Logger.current.info("running")
                await Task { Logger.current.info("in a task") }.value
                await context.stop.wait()
            }
        } ready: { _ in
            Logger.current.info("trying")
        }
        try await withEngine([manifold], logger: .writing(to: log)) { engine, _ in
            try await engine.ready(["x"])
            await log.wait(for: "info in a task {attempt=1 generation=1 manifold=x}")
        }
        for line in ["starting", "trying", "running"] {
            #expect(log.lines.contains("info \(line) {attempt=1 generation=1 manifold=x}"))
        }
    }

    @Test("a worker's copy of its logger is its own: level and metadata, and what the engine's logger had")
    func copies() async throws {
        let log = Journal()
        let manifold = Manifold("x") {
            ClosureWorker { context in
                var logger = context.logger
                logger[metadataKey: "job"] = "7"
                logger[metadataKey: "manifold"] = "other"
                logger.info("mine")
                logger.logLevel = .warning
                logger.info("not this")
                #expect(logger.logLevel == .warning && logger[metadataKey: "job"] == "7")
                context.logger.info("again", metadata: ["attempt": "mine"])
                context.logger.info("last")
                await context.stop.wait()
            }
        }
        var logger = Logger.writing(to: log, level: .info)
        logger[metadataKey: "host"] = "h"
        try await withEngine([manifold], logger: logger) { _, _ in
            await log.wait(for: "info last {attempt=1 generation=1 host=h manifold=x}")
        }
        #expect(log.lines.contains("info mine {attempt=1 generation=1 host=h job=7 manifold=other}"))
        #expect(log.lines.contains("info again {attempt=mine generation=1 host=h manifold=x}"))
        #expect(!log.lines.contains { $0.contains("not this") })
    }
}
