import AgentResources
package import ClusterIdentity
import FoundationEssentials
import RaftManifold

/// Makes a new cluster's files: a directory a controller, the authority's, and a client's configuration.
package struct Bootstrap: Sendable {
    package var directory: String
    package var servers: [ClusterServer]
    package var faultInjection: Bool

    package init(directory: String, servers: [ClusterServer], faultInjection: Bool = false) {
        self.directory = directory
        self.servers = servers
        self.faultInjection = faultInjection
    }

    /// Writes `ID/holdfastd.json`, `ID/data/`, `authority/` and `client.json`; refuses a directory with a cluster in it.
    package func write() throws {
        guard !FileManager.default.fileExists(atPath: self.clientFile) else {
            throw ConfigurationError(
                "\(self.directory) holds a cluster already: choose another directory, or remove it with all its leases"
            )
        }
        let cluster = try ClusterBootstrap(servers: self.servers)
        for (description, certificate) in cluster.controllers {
            try self.writeController(description, certificate, authority: cluster.authority.certificate)
        }
        try self.makeDirectory(self.authorityDirectory)
        try writePrivate(cluster.authority.certificate, to: "\(self.authorityDirectory)/ca.pem")
        try writePrivate(cluster.authority.privateKey, to: "\(self.authorityDirectory)/ca.key")
        // Last, since it says that the cluster is whole.
        try writePrivate(self.clientConfiguration(of: cluster), to: self.clientFile)
    }

    /// The file to name in `HOLDFAST_CONFIG`.
    package var clientFile: String { "\(self.directory)/client.json" }

    private var authorityDirectory: String { "\(self.directory)/authority" }

    private func writeController(
        _ description: ClusterDescription,
        _ certificate: CertificateAndKey,
        authority: String
    ) throws {
        let controller = "\(self.directory)/\(description.controllerID)"
        try self.makeDirectory("\(controller)/data")
        try IdentityFiles(directory: "\(controller)/data/identity")
            .write(description, authority: authority, controller: certificate)
        try RaftLogFile.create(in: DataDirectory(path: "\(controller)/data"), cluster: description)
        let address = self.servers.first { $0.id == description.controllerID }?.address ?? ""
        var configuration = #"{"data-directory": "data", "listen": "\#(address)""#
        if self.faultInjection { configuration += #", "fault-injection": true"# }
        try writePrivate(configuration + "}\n", to: "\(controller)/holdfastd.json")
    }

    private func clientConfiguration(of cluster: ClusterBootstrap) throws -> String {
        struct Client: Encodable {
            var controllers: [String]
            var authority: String
            var account: String
            var token: String
            var model: String

            enum CodingKeys: String, CodingKey {
                case controllers, account, token, model
                case authority = "ca-certificate"
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let client = Client(
            controllers: self.servers.map(\.address),
            authority: cluster.authority.certificate,
            account: ClusterBootstrap.administrator,
            token: cluster.administratorToken.text,
            model: cluster.model
        )
        return String(decoding: try encoder.encode(client), as: UTF8.self) + "\n"
    }

    private func makeDirectory(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw ConfigurationError("cannot make \(path): choose a directory you may write to")
        }
    }
}
