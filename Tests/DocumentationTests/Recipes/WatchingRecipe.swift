import CoreMetrics
import DependencyEngine
import DependencyEngineTesting
import MetricsTestKit
import Testing

/// Knows how much it has to do.
actor Outbox: ReportingWorker {
    private var waiting = 0

    func add() { self.waiting += 1 }

    func run(_ context: WorkerContext) async throws { await context.stop.wait() }

    func report() async -> [String: String] { ["waiting": "\(self.waiting)"] }
}

/// What every manifold does, and what its worker says of itself.
func status(of engine: Engine) async -> [String] {
    let report = await engine.detailedReport(within: .milliseconds(500))
    return report.manifolds.map { manifold in
        let details = manifold.details?.map { "\($0)=\($1)" }.sorted() ?? []
        return ([manifold.name, manifold.state.rawValue] + details).joined(separator: " ")
    }
}

/// The last restart as a picture for the browser, and the first start as text for the log.
func pictures(of engine: Engine) async -> (svg: String, text: String) {
    let timeline = await engine.timeline()
    return (timeline.svg(.bounce), timeline.text)
}

/// Counts and measures, for whatever backend the program has set up.
func measuredEngine() -> Engine {
    Engine(metrics: MetricsSystem.factory)
}

@Suite(.timeLimit(.minutes(1))) struct WatchingRecipe {
    @Test("a worker's own report stands in the detailed report")
    func details() async throws {
        let outbox = Outbox()
        await outbox.add()
        try await withEngine([Manifold("outbox") { outbox }, .database]) { engine, _ in
            try await engine.ready(["outbox", "database"])
            #expect(await status(of: engine) == ["database ready", "outbox ready waiting=1"])
        }
    }

    @Test("the timeline is drawn for the last restart and written for the first start")
    func timeline() async throws {
        try await withEngine(application.manifolds) { engine, _ in
            try await engine.ready(["web"])
            try await engine.bounce("database")
            try await until(engine) { $0["web"]?.generation == 2 && $0["web"]?.state == .ready }
            let (svg, text) = await pictures(of: engine)
            #expect(svg.contains("<svg") && svg.contains("last restart"))
            #expect(text.hasPrefix("first start: 3 of 3 ready after"))
        }
    }

    @Test("the article's table of metrics names what an engine gives, and all of it")
    func metrics() async throws {
        let factory = TestMetrics()
        let clock = ManualClock()
        let engine = Engine(metrics: factory, clock: clock)
        try await engine.install([.database])
        let run = Task { try await engine.run() }
        try await engine.ready(["database"])
        engine.shutdown()
        try await run.value
        let labels =
            factory.counters.map(\.label) + factory.timers.map(\.label) + factory.meters.map(\.label)
            + factory.recorders.map(\.label)
        let article = try #require(try Article.all().first { $0.name == "Watching.md" })
        let table = article.lines.filter { $0.hasPrefix("| `engine_") }.compactMap {
            $0.split(separator: "`").dropFirst().first
        }
        #expect(Set(labels) == Set(table.map(String.init)))
        _ = measuredEngine()
    }
}
