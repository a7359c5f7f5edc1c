import AgentResources
import DependencyEngine
import Prometheus

/// Who is asked at a scrape. A worker that is away shows its families without series.
struct MetricSources: Sendable {
    let version: String
    let operations: Deferred<any Operations>
    let raft: Deferred<any Proposals>
    let leases: Deferred<any LeaseService>
    let transport: Deferred<any LeaseTransport>
    let api: Deferred<any APIServer>
    private let process = ProcessFigures()

    init(
        version: String,
        operations: Deferred<any Operations>,
        raft: Deferred<any Proposals>,
        leases: Deferred<any LeaseService>,
        transport: Deferred<any LeaseTransport>,
        api: Deferred<any APIServer>
    ) {
        self.version = version
        self.operations = operations
        self.raft = raft
        self.leases = leases
        self.transport = transport
        self.api = api
    }

    var families: [MetricFamily] {
        var families = [self.build]
        families += self.process.families
        families += RaftFamilies.all(self.raft.current?.statistics)
        families += QueueFamilies.all(self.operations.current)
        families += LeaseFamilies.all(self.leases.current?.statistics)
        families += TransportFamilies.all(self.transport.current?.statistics)
        families += APIFamilies.all(self.api.current?.statistics)
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
