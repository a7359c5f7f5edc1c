import APIServerManifold
import AgentResources
import CentralHubManifold
import ClusterIdentity
import DataDirectoryManifold
import DependencyEngine
import GlobalClockUpdaterManifold
import IdentityManifold
import LeaderFlagManifold
import LeaseManagerManifold
import LeaseTransportManifold
import MetricsManifold
import NIOPosix
import OperationHubManifold
import Prometheus
import PubSubForwarderManifold
import RaftForwarderManifold
import RaftManifold
import ServiceNotifierManifold

extension Agent {
    /// Every worker of the agent: a worker is added or removed by its line here and its line in Package.swift.
    static func manifolds(
        configuration watched: Watched<AgentConfiguration>,
        engine: any EngineAccess,
        metrics: MetricRegistry,
        group: MultiThreadedEventLoopGroup
    ) -> [Manifold] {
        let configuration = watched.current
        var api = APIServerOptions(
            host: configuration.listen.host,
            port: configuration.listen.port,
            group: group,
            engine: engine,
            version: Agent.version
        )
        api.faultInjection = configuration.faultInjection
        return [
            .dataDirectory(path: configuration.dataDirectory),
            .identity,
            .centralHub(),
            .operationHub(),
            .raft(
                options: RaftOptions(
                    electionTimeout: .milliseconds(configuration.electionTimeoutMilliseconds),
                    heartbeat: .milliseconds(configuration.heartbeatMilliseconds),
                    snapshotThreshold: configuration.snapshotThreshold,
                    trailingEntries: configuration.trailingEntries,
                    batchOperations: configuration.batchOperations,
                    batchBytes: configuration.batchBytes,
                    appendDelay: .milliseconds(configuration.faultInjectionAppendMilliseconds)
                )
            ),
            .leaderFlag(),
            .globalClockUpdater(),
            .raftForwarder(),
            .pubSubForwarder(),
            .constant(.configuration, watched),
            .slice(.leaseTransportKind, of: .configuration) { $0.leaseTransport },
            .leaseTransport(group: group),
            .leaseManager(),
            .apiServer(api),
            .metrics(registry: metrics, version: Agent.version),
            .serviceNotifier(),
        ]
    }
}

extension Input where Self == Resource<Watched<AgentConfiguration>> {
    /// What the operator has set, as it changes while the agent runs.
    static var configuration: Resource<Watched<AgentConfiguration>> { .init("configuration") }
}
