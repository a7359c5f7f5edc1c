import DependencyEngineTesting
import Logging
import Testing

@testable import DependencyEngine

@Suite(.timeLimit(.minutes(1))) struct FlightRecorderTests {
    @Test("the last lines below the level are written when the worker fails, before the failure, with their time")
    func thrown() async throws {
        let log = Journal()
        let failing = Manifold("x") {
            ClosureWorker { context in
                for number in 1...5 { context.logger.debug("line \(number)", metadata: ["n": "\(number)"]) }
                Logger.current.trace("and a trace")
                await context.stop.wait()
            }
        }
        .restart(.exact())
        let configuration = EngineConfiguration(seed: 1, flightRecorderLines: 3)
        let logger = Logger.writing(to: log, level: .info)
        try await withEngine([failing], configuration: configuration, logger: logger) { engine, clock in
            try await engine.ready(["x"])
            await Self.untilRecorded(engine, "x", lines: 3)
            clock.advance(by: .seconds(2))
            try await engine.fail("x", Broken())
            await log.wait(
                for: "warning x failed: broken (again in 1000 ms) "
                    + "{attempt=2 error=broken generation=1 manifold=x retry-in-ms=1000}"
            )
        }
        let labels = "attempt=1 before-failure-ms=2000 generation=1 manifold=x"
        let start = try #require(log.lines.firstIndex { $0.hasPrefix("debug") })
        #expect(
            Array(log.lines[start...].prefix(4)) == [
                "debug line 4 {\(labels) n=4 recorded-at-ms=0}",
                "debug line 5 {\(labels) n=5 recorded-at-ms=0}",
                "trace and a trace {\(labels) recorded-at-ms=0}",
                "warning x failed: broken (again in 1000 ms) "
                    + "{attempt=2 error=broken generation=1 manifold=x retry-in-ms=1000}",
            ]
        )
    }

    @Test("an error that parks its manifold tells what was logged before it; a park on request tells nothing")
    func parked() async throws {
        let log = Journal()
        let manifolds = ["quiet", "x"].map { name in
            Manifold(name) {
                ClosureWorker { context in
                    context.logger.debug("of \(name)")
                    await context.stop.wait()
                }
            }
            .classifying { _ in .park("nobody can mend it") }
        }
        try await withEngine(manifolds, logger: .writing(to: log, level: .info)) { engine, _ in
            try await engine.ready(["quiet", "x"])
            for name in ["quiet", "x"] { await Self.untilRecorded(engine, name, lines: 1) }
            try await engine.park("quiet")
            try await engine.fail("x", Broken())
            try await until(engine) { $0["x"]?.state == .parked && $0["quiet"]?.state == .parked }
        }
        let lines = log.lines.map { $0.split(separator: " {")[0] }
        #expect(lines.filter { $0.hasPrefix("debug") } == ["debug of x"])
        let told = try #require(lines.firstIndex(of: "debug of x"))
        #expect(lines[told + 1] == "error x parked: nobody can mend it: broken")
    }

    @Test("a start that throws tells what it logged; a planned stop tells nothing; zero lines record nothing")
    func plannedStop() async throws {
        for (lines, recorded) in [(64, ["debug opening"]), (0, [])] {
            let log = Journal()
            let manifolds = [
                Manifold("quiet") {
                    ClosureWorker { context in
                        context.logger.debug("quiet")
                        await context.stop.wait()
                        context.logger.debug("closing")
                    }
                },
                Manifold("x") { () async throws -> ClosureWorker in
                    Logger.current.debug("opening")
                    throw Broken()
                },
            ]
            let configuration = EngineConfiguration(seed: 1, flightRecorderLines: lines)
            let logger = Logger.writing(to: log, level: .info)
            try await withEngine(manifolds, configuration: configuration, logger: logger) { engine, _ in
                try await until(engine) { $0["x"]?.state == .backingOff }
                try await engine.bounce("quiet")
                try await until(engine) { $0["quiet"]?.generation == 2 }
            }
            #expect(
                log.lines.filter { $0.hasPrefix("debug") }.map { $0.split(separator: " {")[0] }
                    == recorded.map { $0[...] }
            )
        }
    }

    @Test("a start and a readiness that took too long tell what was logged")
    func tooSlow() async throws {
        let log = Journal()
        let waiting = Journal()
        let manifolds = [
            Manifold("start") { () async throws -> ClosureWorker in
                Logger.current.debug("start waits")
                waiting.append("start")
                await StopSignal.standalone().signal.wait()
                throw Broken()
            }
            .starting(within: .seconds(5)),
            Manifold("ready") {
                Logger.current.debug("ready waits")
                return Recording(name: "ready", journal: waiting)
            }
            .readiness(.signalled(within: .seconds(5))),
        ]
        let logger = Logger.writing(to: log, level: .info)
        try await withEngine(manifolds, logger: logger) { engine, clock in
            await waiting.wait(for: "start")
            await waiting.wait(for: "run ready")
            try await until(engine) { $0["ready"]?.state == .started }
            clock.advance(by: .seconds(5))
            try await until(engine) { report in report.manifolds.allSatisfy { $0.failureCount == 1 } }
        }
        let debug = log.lines.filter { $0.hasPrefix("debug") }.map { $0.split(separator: " {")[0] }.sorted()
        #expect(debug == ["debug ready waits", "debug start waits"])
    }

    @Test("a line is cut to its size, its metadata to words and a number of them")
    func size() {
        let long = String(repeating: "é", count: 4000)
        var metadata: Logger.Metadata = ["a": ["nested": .string(long)]]
        for number in 10..<40 { metadata["m\(number)"] = "x" }
        let event = LogEvent(
            level: .debug,
            message: "\(long)",
            error: nil,
            metadata: nil,
            source: nil,
            file: "M/f",
            function: "f",
            line: 1
        )
        let line = FlightLine(event, metadata: metadata, at: .zero)
        #expect(line.message.utf8.count <= FlightLine.longest && line.message.hasSuffix("é…"))
        #expect(line.metadata.count == FlightLine.mostMetadata)
        guard case .string(let text)? = line.metadata["a"] else { return #expect(Bool(false), "words by now") }
        #expect(text.utf8.count <= FlightLine.longest)
    }

    /// Returns once the running instance of `name` has that many lines recorded.
    private static func untilRecorded(_ engine: Engine, _ name: String, lines: Int) async {
        while await engine.recordedLines(of: name) < lines && !Task.isCancelled { await Task.yield() }
    }
}

extension Engine {
    fileprivate func recordedLines(of name: String) -> Int {
        self.machine.ids[name].flatMap { self.slots[$0].handle?.log.recordedLines } ?? 0
    }
}
