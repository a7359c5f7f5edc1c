package import ClusterIdentity
package import DependencyEngine
package import Hub

// Every resource key of the agent. A manifold reaches another one only through these.

extension Input where Self == Resource<DataDirectory> {
    package static var dataDirectory: Self { .init("data-directory") }
}

extension Input where Self == Resource<ControllerIdentity> {
    package static var identity: Resource<ControllerIdentity> { .init("identity") }
}

extension Input where Self == Resource<any Operations> {
    package static var operations: Self { .init("operation-hub") }
}

extension Input where Self == Resource<Hub> {
    package static var centralHub: Resource<Hub> { .init("central-hub") }
}

extension Input where Self == Resource<any Proposals> {
    package static var raft: Self { .init("raft") }
}

extension Input where Self == Resource<LeaderFlag> {
    package static var leaderFlag: Self { .init("leader-flag") }
}

extension Input where Self == Resource<any LeaseTransport> {
    package static var leaseTransport: Self { .init("lease-transport") }
}

extension Input where Self == Resource<LeaseTransportKind> {
    package static var leaseTransportKind: Resource<LeaseTransportKind> { .init("lease-transport-kind") }
}

extension Input where Self == Resource<any LeaseService> {
    package static var leaseManager: Self { .init("lease-manager") }
}

extension Input where Self == Resource<any APIServer> {
    package static var apiServer: Self { .init("apiserver") }
}

extension Input where Self == Resource<any MetricsPage> {
    package static var metrics: Self { .init("metrics") }
}
