package import FoundationEssentials
package import NIOSSL
import SwiftASN1
import X509

/// Who this controller is, who its peers and accounts are, and the TLS contexts made from that.
package struct ControllerIdentity: Sendable {
    package let cluster: ClusterDescription
    /// The authority's certificate, as PEM text: what clients must trust.
    package let authority: String
    /// For the API server's port: a client certificate is asked for, not required, and must be of this cluster.
    package let serverTLS: NIOSSLContext
    /// For connections to peers: shows our certificate and trusts this cluster's authority only.
    package let peerTLS: NIOSSLContext

    package var clusterID: String { self.cluster.clusterID }
    package var id: UInt64 { self.cluster.controllerID }
    package var model: String { self.cluster.model }
    package var servers: [ClusterServer] { self.cluster.servers }
    package var accounts: [Account] { self.cluster.accounts }
    /// Where this controller's peers and clients reach it.
    package var address: String { self.cluster.servers.first { $0.id == self.id }?.address ?? "" }

    /// Checks that the parts belong together and are valid at `now`.
    package init(
        cluster: ClusterDescription,
        authority: String,
        controller: CertificateAndKey,
        now: Date
    ) throws(IdentityError) {
        let authorityCertificate = try parse(authority, as: "the authority's certificate")
        let certificate = try parse(controller.certificate, as: "the controller's certificate")
        guard authorityCertificate.publicKey.isValidSignature(certificate.signature, for: certificate) else {
            throw IdentityError(
                .foreign,
                "the controller's certificate is not of this cluster's authority: issue it anew"
            )
        }
        guard certificate.notValidBefore <= now, now <= certificate.notValidAfter else {
            throw IdentityError(
                .expired,
                "the controller's certificate is valid from \(certificate.notValidBefore) to "
                    + "\(certificate.notValidAfter) only: check the clock, or issue it anew"
            )
        }
        let name = try ControllerURI(of: certificate)
        guard name.clusterID == cluster.clusterID, name.controllerID == cluster.controllerID else {
            throw IdentityError(
                .foreign,
                "the certificate is for controller \(name.controllerID) of cluster \(name.clusterID), and this is "
                    + "controller \(cluster.controllerID) of \(cluster.clusterID): put the right files back"
            )
        }
        let key: Certificate.PrivateKey
        do { key = try Certificate.PrivateKey(pemEncoded: controller.privateKey) } catch {
            throw IdentityError(.malformed, "the controller's key is not a PEM private key", cause: error)
        }
        guard key.publicKey == certificate.publicKey else {
            throw IdentityError(
                .mismatched,
                "the controller's key does not belong to its certificate: put the right files back"
            )
        }
        self.cluster = cluster
        self.authority = authority
        do {
            let chain: [NIOSSLCertificateSource] = try NIOSSLCertificate.fromPEMBytes(
                Array(controller.certificate.utf8)
            )
            .map { .certificate($0) }
            let privateKey = NIOSSLPrivateKeySource.privateKey(
                try NIOSSLPrivateKey(bytes: Array(controller.privateKey.utf8), format: .pem)
            )
            let roots = NIOSSLTrustRoots.certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.utf8)))

            var server = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: privateKey)
            server.minimumTLSVersion = .tlsv12
            server.certificateVerification = .optionalVerification
            server.trustRoots = roots
            self.serverTLS = try NIOSSLContext(configuration: server)

            var peer = TLSConfiguration.makeClientConfiguration()
            peer.minimumTLSVersion = .tlsv12
            peer.certificateChain = chain
            peer.privateKey = privateKey
            peer.trustRoots = roots
            self.peerTLS = try NIOSSLContext(configuration: peer)
        } catch {
            throw IdentityError(.malformed, "the controller's certificate or key is refused by TLS", cause: error)
        }
    }

    /// The account that `token` opens under `name`.
    package func account(name: String, token: String) -> Account? {
        self.accounts.first { $0.name == name && AccountToken.matches(token, hash: $0.tokenHash) }
    }

    /// The account that `token` opens under any name.
    package func account(token: String) -> Account? {
        self.accounts.first { AccountToken.matches(token, hash: $0.tokenHash) }
    }

    /// The controller a peer's certificate names; TLS has checked that it is of our authority.
    package func peerID(of certificate: NIOSSLCertificate) throws(IdentityError) -> UInt64 {
        let parsed: Certificate
        do { parsed = try Certificate(derEncoded: certificate.toDERBytes()) } catch {
            throw IdentityError(.malformed, "the peer's certificate cannot be read", cause: error)
        }
        let name = try ControllerURI(of: parsed)
        guard name.clusterID == self.clusterID else {
            throw IdentityError(
                .foreign,
                "the peer's certificate is of cluster \(name.clusterID), and this is \(self.clusterID)"
            )
        }
        guard self.servers.contains(where: { $0.id == name.controllerID }) else {
            throw IdentityError(.foreign, "the peer's certificate names controller \(name.controllerID), not a member")
        }
        return name.controllerID
    }
}

private func parse(_ pem: String, as what: String) throws(IdentityError) -> Certificate {
    do { return try Certificate(pemEncoded: pem) } catch {
        throw IdentityError(.malformed, "\(what) is not a PEM certificate: restore it from a backup", cause: error)
    }
}

extension ControllerURI {
    fileprivate init(of certificate: Certificate) throws(IdentityError) {
        let names: SubjectAlternativeNames?
        do { names = try certificate.extensions.subjectAlternativeNames } catch {
            throw IdentityError(.malformed, "the certificate's names cannot be read", cause: error)
        }
        for case .uniformResourceIdentifier(let text) in names ?? SubjectAlternativeNames([]) {
            if let name = ControllerURI(text) {
                self = name
                return
            }
        }
        throw IdentityError(.foreign, "the certificate names no controller: it is not one of a Holdfast cluster")
    }
}
