package import AgentResources
package import ClusterIdentity
import Consensus
import LogStore

/// The Raft log in a controller's state directory.
package enum RaftLogFile {
    /// Its name there.
    package static let name = "raft.db"

    /// Makes the log of a founding controller; the same servers in the same order on each. Blocks its thread.
    package static func create(in directory: DataDirectory, cluster: ClusterDescription) throws {
        try SQLiteLogStore.create(
            path: directory.file(Self.name),
            clusterID: cluster.clusterID,
            serverID: ServerID(cluster.controllerID),
            configuration: ClusterConfiguration(
                servers: cluster.servers.map { Server(id: ServerID($0.id), address: $0.address) }
            )
        )
    }
}
