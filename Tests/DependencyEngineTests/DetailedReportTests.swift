import DependencyEngine
import DependencyEngineTesting
import Testing

private struct Talking: ReportingWorker {
    var journal = Journal()
    var answer: @Sendable () async -> [String: String] = { ["open": "3"] }

    func run(_ context: WorkerContext) async throws { await context.stop.wait() }
    func report() async -> [String: String] {
        self.journal.append("asked")
        return await self.answer()
    }
}

@Suite(.timeLimit(.minutes(1))) struct DetailedReportTests {
    @Test("workers with something to say are asked; the others have no details; the plain report asks nobody")
    func details() async throws {
        let journal = Journal()
        let manifolds = [
            Manifold("talks") { Talking(journal: journal) },
            Manifold("quiet") { Recording(name: "quiet", journal: Journal()) },
        ]
        try await withEngine(manifolds) { engine, _ in
            try await engine.ready(["talks", "quiet"])
            #expect(await engine.report()["talks"]?.details == nil)
            #expect(journal.lines.isEmpty)
            let report = await engine.detailedReport(within: .seconds(1))
            #expect(report["talks"]?.details == ["open": "3"] && report["talks"]?.detailsMissing == nil)
            #expect(report["quiet"]?.details == nil && report["quiet"]?.detailsMissing == nil)
            try await engine.park("talks")
            try await until(engine) { $0["talks"]?.state == .parked }
            #expect(await engine.detailedReport(within: .seconds(1))["talks"]?.details == nil)
        }
    }

    @Test("one that does not answer is left out and said so, is not asked again meanwhile, and holds up nothing")
    func slow() async throws {
        let journal = Journal()
        let gate = StopSignal.standalone()
        let manifolds = [
            Manifold("slow") {
                // Deaf to cancellation too.
                Talking(journal: journal) {
                    await Task { await gate.signal.wait() }.value; return ["late": "yes"]
                }
            },
            Manifold("quick") { Talking() },
        ]
        try await withEngine(manifolds) { engine, clock in
            try await engine.ready(["slow", "quick"])
            let asking = Task { await engine.detailedReport(within: .seconds(2)) }
            await journal.wait(for: "asked")
            try await engine.bounce("quick")
            try await engine.settled()
            clock.advance(by: .seconds(2))
            let report = await asking.value
            #expect(report["slow"]?.details == nil)
            #expect(report["slow"]?.detailsMissing == "did not answer within 2.0 seconds")
            #expect(report["quick"]?.details == ["open": "3"])
            let again = await engine.detailedReport(within: .seconds(2))
            #expect(again["slow"]?.detailsMissing == "has not answered an earlier question yet")
            #expect(journal.count("asked") == 1)
            gate.stop()
            var details: [String: String]?
            while details == nil { details = await engine.detailedReport(within: .seconds(2))["slow"]?.details }
            #expect(details == ["late": "yes"])
        }
    }

    @Test("details are cut to a size for reading")
    func size() async throws {
        let manifold = Manifold("talks") {
            Talking {
                Dictionary(uniqueKeysWithValues: (100..<200).map { ("key \($0)", String(repeating: "x", count: 9999)) })
            }
        }
        try await withEngine([manifold]) { engine, _ in
            try await engine.ready(["talks"])
            let details = try #require(await engine.detailedReport(within: .seconds(1))["talks"]?.details)
            #expect(details.count == 32 && details["key 100"]?.utf8.count == 256)
        }
    }
}
