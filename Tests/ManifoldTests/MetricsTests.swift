import AgentResources
import DependencyEngine
import Foundation
import Leases
import Logging
import Prometheus
import Testing

@testable import MetricsManifold

@Suite struct MetricsTests {
    private let sources = MetricSources(
        version: "0.1.0",
        operations: Deferred<any Operations>.standalone(FakeOperations()).handle,
        raft: Deferred<any Proposals>.standalone().handle,
        leases: Deferred<any LeaseService>.standalone().handle,
        transport: Deferred<any LeaseTransport>.standalone().handle,
        api: Deferred<any APIServer>.standalone().handle
    )

    @Test func `every metric is in docs/metrics.md, and every one that is there exists`() throws {
        let documented = try Self.documented
        #expect(Set(documented).count == documented.count, "twice in the page")
        let text = String(decoding: Exposition.text(of: self.sources.families), as: UTF8.self)
        // These come through swift-metrics.
        let bridged = documented.filter { $0.hasPrefix("holdfast_engine_") || $0.contains("metrics_dropped") }
        #expect(try ScrapedMetrics(text).queryNames == Set(documented).subtracting(bridged))
    }

    @Test func `what the engine reports is in docs/metrics.md, and all of it that is there is reported`() async throws {
        let registry = MetricRegistry(prefix: "holdfast_")
        let engine = Engine(
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            metrics: registry.factory
        )
        let sources = self.sources
        try await engine.install([
            Manifold(.metrics) {
                MetricsWorker(registry: MetricRegistry(prefix: "holdfast_"), sources: sources)
            } provides: {
                $0.page
            }
        ])
        let running = Task { try await engine.run() }
        try await engine.ready(["metrics"])
        engine.shutdown()
        try await running.value
        let reported = try ScrapedMetrics(String(decoding: registry.text(), as: UTF8.self)).queryNames
        let bridged = try Self.documented.filter {
            $0.hasPrefix("holdfast_engine_") || $0.contains("metrics_dropped")
        }
        // Any page says how much of it was cut.
        #expect(reported.subtracting(["holdfast_metrics_cut_series"]) == Set(bridged))
    }

    @Test func `what to watch asks for metrics that exist, by names their kinds have`() throws {
        let text = String(decoding: Exposition.text(of: self.sources.families), as: UTF8.self)
        let kinds = try ScrapedMetrics(text).kinds
        let page = try Self.page
        let section = try #require(page.split(separator: "\n## ").first { $0.hasPrefix("What to watch") })
        let asked = section.matches(of: /holdfast_[a-z_]+/).map { String($0.output) }
        #expect(Set(asked).count >= 8)
        for name in asked {
            let family = name.replacing(/_(total|bucket|sum|count)$/, with: "")
            switch kinds[name] ?? kinds[family] {
            case .counter: #expect(name == "\(family)_total")
            case .histogram: #expect(name != family, "a histogram's series have endings: \(name)")
            case .gauge: #expect(kinds[name] == .gauge, "\(name)")
            case .info, nil: Issue.record("there is no \(name)")
            }
        }
    }

    @Test func `leases, grants, expiries and revokes are shown by namespace, whatever clients call theirs`() throws {
        var statistics = Self.raftStatistics
        for namespace in ["lease", "lease", "singular-controller", "application-leadership", "mine", "other", ""] {
            let key = LeaseKey(namespace: namespace, model: "secret-model", name: "secret-name")
            statistics.heldLeases.add(key)
            statistics.grants.add(key)
            statistics.expiries.add(key)
            statistics.revokes.add(key)
        }
        statistics.pins = 3
        let text = String(decoding: Exposition.text(of: RaftFamilies.all(statistics)), as: UTF8.self)
        let scraped = try ScrapedMetrics(text)
        for name in ["leases", "grants_total", "expiries_total", "revokes_total"].map({ "holdfast_\($0)" }) {
            #expect(scraped.sum(of: name, ["namespace": "lease"]) == 2)
            #expect(scraped.sum(of: name, ["namespace": "singular-controller"]) == 1)
            #expect(scraped.sum(of: name, ["namespace": "application-leadership"]) == 1)
            #expect(scraped.sum(of: name, ["namespace": "other"]) == 3)
            #expect(scraped.series.count { $0.name == name } == 4)
        }
        #expect(scraped.sum(of: "holdfast_pins") == 3)
        #expect(!text.contains("secret") && !text.contains("mine"))
    }

    @Test func `what the core's guards did is shown by their names, and how long calls took by their methods`() throws {
        var statistics = Self.raftStatistics
        statistics.guardTrips = ["commit_clamp": 2, "late_votes": 0]
        var calls = APIStatistics()
        var times = FixedHistogram(bounds: FixedHistogram.calls)
        times.record(0.004)
        times.record(60)
        calls.times = [.init(facade: "Lease", version: 1, method: "Claim", seconds: times)]
        let families = RaftFamilies.all(statistics) + APIFamilies.all(calls)
        let scraped = try ScrapedMetrics(String(decoding: Exposition.text(of: families), as: UTF8.self))
        #expect(scraped.sum(of: "holdfast_raft_guard_trips_total", ["guard": "commit_clamp"]) == 2)
        #expect(scraped.sum(of: "holdfast_raft_guard_trips_total", ["guard": "late_votes"]) == 0)
        let claim = ["facade": "Lease", "version": "1", "method": "Claim"]
        func bucket(_ bound: String) -> Double? {
            scraped.sum(of: "holdfast_api_call_seconds_bucket", claim.merging(["le": bound]) { $1 })
        }
        #expect(bucket("0.0025") == 0)
        #expect(bucket("0.005") == 1)
        #expect(bucket("+Inf") == 2)
    }

    private static var raftStatistics: RaftStatistics {
        RaftStatistics(status: FakeRaft(id: 1, leader: 1).status)
    }

    private static var page: String {
        get throws {
            let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent("docs/metrics.md")
            return try String(contentsOf: file, encoding: .utf8)
        }
    }

    /// The names in the page's tables.
    private static var documented: [String] {
        get throws {
            try Self.page.split(separator: "\n")
                .compactMap { line in line.hasPrefix("| `") ? line.dropFirst(3).split(separator: "`").first : nil }
                .map(String.init)
        }
    }

    @Test func `without workers the families are there, without series`() throws {
        let text = String(decoding: Exposition.text(of: self.sources.families), as: UTF8.self)
        let scraped = try ScrapedMetrics(text)
        #expect(scraped.kinds["holdfast_raft_term"] == .gauge)
        #expect(scraped.sum(of: "holdfast_raft_term") == nil)
        #expect(scraped.sum(of: "holdfast_build_info", ["version": "0.1.0"]) == 1)
        #expect(scraped.sum(of: "process_resident_memory_bytes") ?? 0 > 1_000_000)
        #expect(scraped.sum(of: "process_cpu_seconds_total") ?? 0 > 0)
        let age = Date.now.timeIntervalSince1970 - (scraped.sum(of: "process_start_time_seconds") ?? 0)
        #expect((0..<36_000).contains(age))
    }

    @Test func `a page is made anew at most ten times a second`() {
        let clock = VirtualClock()
        let page = CachedPage(clock: clock) { Array("\(clock.now)".utf8) }
        let first = page.bytes
        clock.advance(by: .milliseconds(99))
        #expect(page.bytes == first)
        clock.advance(by: .milliseconds(1))
        #expect(page.bytes != first)
    }
}
