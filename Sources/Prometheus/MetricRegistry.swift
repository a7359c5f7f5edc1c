package import CoreMetrics
import Synchronization

/// Everything one process shows when it is scraped: what was written through swift-metrics, and what collectors tell.
///
/// Give `factory` to whoever reports through swift-metrics. Those who count for themselves are asked by a collector when
/// a scrape comes, so that their hot paths know nothing of metrics. Thread-safe.
package final class MetricRegistry: Sendable {
    /// Tells how some families stand now; called at each scrape, on the scraping thread: it must be quick and not block.
    package typealias Collector = @Sendable () -> [MetricFamily]

    private struct State {
        var collectors: [(id: UInt64, collect: Collector)] = []
        var lastID: UInt64 = 0
    }

    private let state = Mutex(State())
    private let bridge: BridgedMetrics
    private let seriesLimit: Int

    /// - Parameters:
    ///   - prefix: of the names of what comes through swift-metrics.
    ///   - helps: what such a metric tells, by its label; one that is not there is described by its label alone.
    ///   - seriesLimit: of a page, and of what comes through swift-metrics.
    package init(prefix: String, helps: [String: String] = [:], seriesLimit: Int = 5_000) {
        self.bridge = BridgedMetrics(prefix: prefix, helps: helps, seriesLimit: seriesLimit)
        self.seriesLimit = seriesLimit
    }

    /// For swift-metrics.
    package var factory: any MetricsFactory { self.bridge }

    /// Asks `collector` at each scrape until `remove` is called with the id it returns.
    package func add(_ collector: @escaping Collector) -> UInt64 {
        self.state.withLock { state in
            state.lastID += 1
            state.collectors.append((state.lastID, collector))
            return state.lastID
        }
    }

    package func remove(_ id: UInt64) {
        self.state.withLock { state in state.collectors.removeAll { $0.id == id } }
    }

    /// How everything stands now.
    package var families: [MetricFamily] {
        // Outside the lock: a collector takes locks of its own.
        let collectors = self.state.withLock { $0.collectors }
        return collectors.flatMap { $0.collect() } + self.bridge.families
    }

    /// The page for a scrape.
    package func text() -> [UInt8] { Exposition.text(of: self.families, seriesLimit: self.seriesLimit) }
}
