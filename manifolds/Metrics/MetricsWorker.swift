import AgentResources
import DependencyEngine
import Prometheus

/// Adds what the workers tell to the registry for as long as it runs.
struct MetricsWorker: Worker {
    private let registry: MetricRegistry
    private let sources: MetricSources
    let page: any MetricsPage

    init(registry: MetricRegistry, sources: MetricSources) {
        self.registry = registry
        self.sources = sources
        self.page = CachedPage(clock: .system) { registry.text() }
    }

    func run(_ context: WorkerContext) async throws {
        let sources = self.sources
        let id = self.registry.add { sources.families }
        defer { self.registry.remove(id) }
        await context.stop.wait()
    }
}
