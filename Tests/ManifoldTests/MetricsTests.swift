import AgentResources
import DependencyEngine
import Foundation
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
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("docs/metrics.md")
        let documented = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            .compactMap { line in line.hasPrefix("| `") ? line.dropFirst(3).split(separator: "`").first : nil }
            .map(String.init)
        #expect(Set(documented).count == documented.count, "twice in the page")
        let text = String(decoding: Exposition.text(of: self.sources.families), as: UTF8.self)
        // The engine's come through swift-metrics once something has happened to a worker.
        let engine = documented.filter { $0.hasPrefix("holdfast_engine_") || $0.contains("metrics_dropped") }
        #expect(try ScrapedMetrics(text).queryNames == Set(documented).subtracting(engine))
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
