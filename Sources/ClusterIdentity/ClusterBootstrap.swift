package import FoundationEssentials

/// Everything a new cluster starts with: its authority, a model, an administrator, and each controller's certificate.
package struct ClusterBootstrap: Sendable {
    package let clusterID: String
    package let model: String
    package let authority: CertificateAndKey
    package let controllers: [(cluster: ClusterDescription, certificate: CertificateAndKey)]
    /// Shown once: only its hash stays in the cluster.
    package let administratorToken: AccountToken

    /// The administrator's account.
    package static let administrator = "user-admin"

    package init(servers: [ClusterServer], now: Date = Date()) throws {
        let clusterID = newUUID()
        let model = newUUID()
        let token = AccountToken()
        let authority = try ClusterAuthority(clusterID: clusterID, now: now)
        let accounts = [Account(name: Self.administrator, tokenHash: AccountToken.hash(of: token.text))]
        self.clusterID = clusterID
        self.model = model
        self.administratorToken = token
        self.authority = try authority.pem()
        self.controllers = try servers.map { server in
            let cluster = ClusterDescription(
                clusterID: clusterID,
                controllerID: server.id,
                model: model,
                servers: servers,
                accounts: accounts
            )
            try cluster.validate()
            return (cluster, try authority.issue(to: server, now: now))
        }
    }

    /// The identities without files, for clusters that live in one process.
    package func identities(now: Date = Date()) throws(IdentityError) -> [ControllerIdentity] {
        var identities: [ControllerIdentity] = []
        for (cluster, certificate) in self.controllers {
            identities.append(
                try ControllerIdentity(
                    cluster: cluster,
                    authority: self.authority.certificate,
                    controller: certificate,
                    now: now
                )
            )
        }
        return identities
    }
}

private func newUUID() -> String { UUID().uuidString.lowercased() }
