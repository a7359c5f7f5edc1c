import FoundationEssentials

/// A voter and where it is reached.
package struct ClusterServer: Sendable, Hashable, Codable {
    package var id: UInt64
    /// `host:port` of its API server.
    package var address: String

    package init(id: UInt64, address: String) {
        self.id = id
        self.address = address
    }
}

/// Someone who may log in; only a hash of the token is kept.
package struct Account: Sendable, Hashable, Codable {
    /// The tag's name, for example `user-admin`.
    package var name: String
    /// SHA-256 of the token's text, as lower-case hexadecimal digits.
    package var tokenHash: String

    package init(name: String, tokenHash: String) {
        self.name = name
        self.tokenHash = tokenHash
    }

    private enum CodingKeys: String, CodingKey {
        case name
        case tokenHash = "token-sha256"
    }
}

/// What every controller of a cluster knows of it from bootstrap on; the file `cluster.json` of its identity.
package struct ClusterDescription: Sendable, Hashable, Codable {
    /// The newest version this build reads and writes.
    package static let currentVersion = 1

    package var version: Int
    package var clusterID: String
    /// The controller this copy belongs to.
    package var controllerID: UInt64
    /// The model made at bootstrap.
    package var model: String
    package var servers: [ClusterServer]
    package var accounts: [Account]

    package init(
        clusterID: String,
        controllerID: UInt64,
        model: String,
        servers: [ClusterServer],
        accounts: [Account]
    ) {
        self.version = Self.currentVersion
        self.clusterID = clusterID
        self.controllerID = controllerID
        self.model = model
        self.servers = servers
        self.accounts = accounts
    }

    private enum CodingKeys: String, CodingKey {
        case version, model, accounts
        case clusterID = "cluster-id"
        case controllerID = "controller-id"
        case servers = "controllers"
    }

    /// Refuses what could not be a cluster: one, three or five voters with distinct ids and addresses.
    package func validate() throws(IdentityError) {
        guard self.version == Self.currentVersion else {
            throw IdentityError(
                .malformed,
                "cluster.json has version \(self.version) and this build reads \(Self.currentVersion): install the "
                    + "build that wrote it, or a newer one"
            )
        }
        guard [1, 3, 5].contains(self.servers.count) else {
            throw IdentityError(
                .invalidCluster,
                "a cluster has one, three or five controllers, and \(self.servers.count) are named"
            )
        }
        guard Set(self.servers.map(\.id)).count == self.servers.count, !self.servers.contains(where: { $0.id == 0 })
        else {
            throw IdentityError(.invalidCluster, "controller ids must be distinct and above 0")
        }
        guard Set(self.servers.map(\.address)).count == self.servers.count else {
            throw IdentityError(.invalidCluster, "controllers must have distinct addresses")
        }
        for server in self.servers where try HostAndPort(server.address).port == 0 {
            throw IdentityError(.invalidCluster, "\(server.address) has port 0: name the port peers and clients reach")
        }
        guard self.servers.contains(where: { $0.id == self.controllerID }) else {
            throw IdentityError(.invalidCluster, "controller \(self.controllerID) is not one of the cluster's")
        }
    }
}

/// A `host:port`, with IPv6 addresses in brackets.
package struct HostAndPort: Sendable, Hashable {
    package var host: String
    package var port: Int

    package init(_ text: String) throws(IdentityError) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw IdentityError(.malformed, "\"\(text)\" is not an address: write HOST:PORT")
        }
        var host = text[..<colon]
        let isBracketed = host.first == "[" && host.last == "]"
        if isBracketed { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, isBracketed || !host.contains(":"), host.utf8.count <= 253 else {
            throw IdentityError(.malformed, "\"\(text)\" is not an address: write HOST:PORT")
        }
        self.host = String(host)
        self.port = Int(port)
    }
}
