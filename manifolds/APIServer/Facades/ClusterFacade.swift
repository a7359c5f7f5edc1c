import AgentResources
import ClusterIdentity
import DependencyEngine
import RPC

extension Facade {
    /// `Cluster` version 1: what the controller that is asked knows of its cluster.
    static let cluster = Facade(
        name: "Cluster",
        version: 1,
        audience: .everyone,
        methods: [
            "Status": .immediate { call throws(RPCFailure) in
                _ = try Fields(call.parameters, knowing: [])
                return ClusterStatus.json(of: call.services)
            }
        ]
    )
}

/// One controller's view: answered without asking anybody, also while its Raft is down.
private enum ClusterStatus {
    static func json(of services: APIServices) -> JSONValue {
        let status = services.raft.current?.status
        let identity = services.identity
        var answer = JSONObject()
        answer["id"] = .int(Int64(clamping: identity.id))
        answer["address"] = .string(identity.address)
        answer["role"] = .string((status?.role ?? .unknown).rawValue)
        answer["term"] = .int(Int64(clamping: status?.term ?? 0))
        answer["commit-index"] = .int(Int64(clamping: status?.commitIndex ?? 0))
        answer["applied-index"] = .int(Int64(clamping: status?.appliedIndex ?? 0))
        if let leader = status?.leader {
            var entry = JSONObject()
            entry["id"] = .int(Int64(clamping: leader.id))
            entry["address"] = .string(leader.address)
            answer["leader"] = .object(entry)
        }
        answer["controllers"] = .array(
            identity.servers.map { ["id": .int(Int64(clamping: $0.id)), "address": .string($0.address)] }
        )
        answer["cluster-id"] = .string(identity.clusterID)
        answer["version"] = .string(services.version)
        return .object(answer)
    }
}
