import AgentResources
import DependencyEngine
import Prometheus

/// Who is asked at a scrape. A worker that is away shows its families without series.
struct MetricSources: Sendable {
    let version: String
    let raft: Deferred<any Proposals>
    private let process = ProcessFigures()

    init(version: String, raft: Deferred<any Proposals>) {
        self.version = version
        self.raft = raft
    }

    var families: [MetricFamily] {
        var families = [self.build]
        families += self.process.families
        families += RaftFamilies.all(self.raft.current?.status)
        return families
    }

    private var build: MetricFamily {
        MetricFamily(
            "holdfast_build",
            .info,
            help: "What runs here.",
            samples: [MetricSample(["version": self.version], count: 1)]
        )
    }
}
