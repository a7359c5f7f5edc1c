import DependencyEngineTesting
import Logging
import Testing

@testable import DependencyEngine

/// Writes what is logged as an error to a journal.
private struct ErrorLog: LogHandler {
    var journal: Journal
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.error

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        self.journal.append("\(event.message) \(event.metadata?["error"] ?? "")")
    }
}

@Suite(.timeLimit(.minutes(2))) struct RankingTests {
    struct Ranked: RankedError, CustomStringConvertible {
        var rank: Int
        var text: String
        var description: String { self.text }
    }

    private func fatal(_ rank: Int, _ text: String) -> Verdict { .fatal(Ranked(rank: rank, text: text)) }

    @Test("of several fatal errors the highest rank ends the engine, known only once all is down")
    func highest() throws {
        let declarations = ["a", "b", "c", "d"].map { declare($0, draining: .seconds(5)) }
        var rig = try MachineRig(declarations)
        rig.started("a", "b", "c", "d")
        rig.ended("a", error: Verdict.fatal(Broken()))
        rig.ended("b", error: self.fatal(2, "worst"))
        rig.ended("c", error: self.fatal(2, "as bad, and later"))
        #expect(rig.outcome == nil)
        rig.ended("d", error: self.fatal(-1, "less than unranked"))
        #expect(rig.outcome == .fatal(rig.id("b"), "worst"))
        #expect(rig.machine.endings.count == 4)
    }

    @Test("of equal ranks the first ends the engine")
    func ties() throws {
        var rig = try MachineRig([declare("a", draining: .seconds(5)), declare("b", draining: .seconds(5))])
        rig.started("a", "b")
        rig.ended("b", error: self.fatal(1, "first"))
        rig.ended("a", error: self.fatal(1, "second"))
        #expect(rig.outcome == .fatal(rig.id("b"), "first"))
    }

    @Test("a spent budget that ends the engine is ranked by its last error, also while the engine drains")
    func budgets() throws {
        let policy = RestartPolicy.exact(budget: 1, exhausted: .endEngine(code: 3))
        var rig = try MachineRig([
            declare("a", draining: .seconds(5)), declare("b", policy: policy, draining: .seconds(5)),
        ])
        rig.started("a", "b")
        rig.ended("a", error: self.fatal(1, "fatal"))
        rig.ended("b", error: Ranked(rank: 2, text: "worse"))
        #expect(rig.outcome == .budgetSpent(rig.id("b"), code: 3, "worse"))
        #expect(rig.events.contains { $0.kind == .failed && $0.manifold == "b" })
    }

    @Test("run throws the worst, and the others are logged and kept on the engine")
    func thrown() async throws {
        let log = Journal()
        let logger = Logger(label: "test", factory: { _ in ErrorLog(journal: log) })
        let engine = Engine(logger: logger, clock: ManualClock())
        let gate = Gate()
        // Both drain: the second fails after the first has ended the engine, before it is asked to stop.
        let first = Manifold("first") { ClosureWorker { _ in throw Verdict.fatal(Ranked(rank: 1, text: "mild")) } }
        let second = Manifold("second") {
            ClosureWorker { context in
                gate.open()
                await context.stop.drained()
                throw Verdict.fatal(Ranked(rank: 5, text: "severe"))
            }
        }
        .draining(upTo: .seconds(5))
        try await engine.install([second])
        let run = Task { try await engine.run() }
        await gate.pass()
        try await engine.install([first])
        let result = await run.result
        guard case .failure(let error) = result, case .fatal("second", let cause)? = error as? EngineError else {
            Issue.record("another result: \(result)")
            return
        }
        #expect((cause as? Ranked)?.rank == 5)
        #expect(
            await engine.endings.map(\.description) == [
                "manifold second ended the engine: severe", "manifold first ended the engine: mild",
            ]
        )
        #expect(log.lines.contains { $0.contains("another reason for which the engine ended") && $0.contains("mild") })
    }
}
