import CoreMetrics
import Testing

@testable import Prometheus

@Suite struct MetricRegistryTests {
    private let registry = MetricRegistry(prefix: "holdfast_", helps: ["engine_starts": "Starts."], seriesLimit: 60)

    @Test func `what swift-metrics reports is shown under the prefix in base units`() throws {
        let counter = Counter(label: "engine_starts", dimensions: [("manifold", "raft")], factory: registry.factory)
        counter.increment(by: 2)
        counter.increment()
        Timer(label: "engine_stop_seconds", dimensions: [], factory: registry.factory).recordNanoseconds(30_000_000)
        Timer(label: "plugin.work", dimensions: [], factory: registry.factory).recordNanoseconds(1)
        Meter(label: "engine_state", dimensions: [("state", "ready")], factory: registry.factory).set(1)
        let read = try self.scrape()
        #expect(read.sum(of: "holdfast_engine_starts_total", ["manifold": "raft"]) == 3)
        #expect(read.helps["holdfast_engine_starts"] == "Starts.")
        #expect(read.sum(of: "holdfast_engine_stop_seconds_sum") == 0.03)
        #expect(read.sum(of: "holdfast_engine_stop_seconds_bucket", ["le": "0.025"]) == 0)
        #expect(read.sum(of: "holdfast_engine_stop_seconds_bucket", ["le": "0.1"]) == 1)
        #expect(read.units["holdfast_plugin_work_seconds"] == "seconds")
        #expect(read.sum(of: "holdfast_engine_state", ["state": "ready"]) == 1)
    }

    @Test func `the same label and dimensions are one series, in any order`() throws {
        for dimensions in [[("a", "1"), ("b", "2")], [("b", "2"), ("a", "1")]] {
            Counter(label: "x", dimensions: dimensions, factory: registry.factory).increment()
        }
        #expect(try self.scrape().sum(of: "holdfast_x_total", ["a": "1", "b": "2"]) == 2)
    }

    @Test func `a destroyed metric is gone, its family stays`() throws {
        let counter = Counter(label: "x", dimensions: [], factory: registry.factory)
        counter.increment()
        counter.destroy()
        let read = try self.scrape()
        #expect(read.sum(of: "holdfast_x_total") == nil)
        #expect(read.kinds["holdfast_x"] == .counter)
    }

    @Test func `series without end are dropped and counted`() throws {
        for index in 0..<100 {
            Counter(label: "x", dimensions: [("lease", "\(index)")], factory: registry.factory).increment()
        }
        let read = try self.scrape()
        #expect(read.series.count <= 61)
        #expect((read.sum(of: "holdfast_metrics_dropped_series_total") ?? 0) >= 40)
    }

    @Test func `a collector is asked at each scrape until it is removed`() throws {
        let id = registry.add { [MetricFamily("seen", .gauge, help: "Seen.", samples: [MetricSample(count: 7)])] }
        #expect(try self.scrape().sum(of: "seen") == 7)
        registry.remove(id)
        #expect(try self.scrape().sum(of: "seen") == nil)
    }

    @Test(arguments: [("a.b-c", "a_b_c"), ("1st", "_1st"), ("", "_"), ("é", "__")])
    func `any text becomes a name`(_ text: String, _ name: String) {
        #expect(MetricName.made(from: text) == name)
        #expect(MetricName.isValid(name))
    }

    private func scrape() throws -> ScrapedMetrics {
        try ScrapedMetrics(String(decoding: registry.text(), as: UTF8.self))
    }
}
