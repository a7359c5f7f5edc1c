import Crypto
package import FoundationEssentials
import SwiftASN1
import X509

/// A certificate and its private key, as PEM text.
package struct CertificateAndKey: Sendable, Hashable {
    package var certificate: String
    package var privateKey: String

    package init(certificate: String, privateKey: String) {
        self.certificate = certificate
        self.privateKey = privateKey
    }
}

/// The cluster's own certificate authority: made at bootstrap, needed again only to add or renew a controller.
package struct ClusterAuthority: Sendable {
    package let clusterID: String
    private let key: Certificate.PrivateKey
    private let certificate: Certificate

    /// Makes a new authority, valid for twenty years from a minute before `now`.
    package init(clusterID: String, now: Date = Date()) throws {
        self.clusterID = clusterID
        self.key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let name = try DistinguishedName {
            CommonName("Holdfast cluster \(clusterID)")
        }
        let key = self.key
        self.certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key.publicKey,
            notValidBefore: now - 60,
            notValidAfter: now + 20 * Self.year,
            issuer: name,
            subject: name,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
            },
            issuerPrivateKey: key
        )
    }

    /// Takes up an authority that was made earlier.
    package init(clusterID: String, pem: CertificateAndKey) throws {
        self.clusterID = clusterID
        self.key = try Certificate.PrivateKey(pemEncoded: pem.privateKey)
        self.certificate = try Certificate(pemEncoded: pem.certificate)
    }

    /// The authority's certificate and key; whoever has the key can make controllers.
    package func pem() throws -> CertificateAndKey {
        CertificateAndKey(
            certificate: try self.certificate.serializeAsPEM().pemString,
            privateKey: try self.key.serializeAsPEM().pemString
        )
    }

    /// Makes a controller's certificate, valid for ten years unless said otherwise.
    ///
    /// It names the controller in a URI, which is what peers go by, and `juju-apiserver`, `localhost` and the host, which
    /// is what clients go by.
    package func issue(
        to server: ClusterServer,
        now: Date = Date(),
        validFor lifetime: TimeInterval = 10 * year
    ) throws -> CertificateAndKey {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let host = try HostAndPort(server.address).host
        var names: [GeneralName] = [
            .uniformResourceIdentifier(
                ControllerURI(clusterID: self.clusterID, controllerID: server.id).description
            ),
            .dnsName("juju-apiserver"), .dnsName("localhost"),
        ]
        if let bytes = ipAddressBytes(host) {
            names.append(.ipAddress(ASN1OctetString(contentBytes: bytes[...])))
        } else if host != "localhost" {
            names.append(.dnsName(host))
        }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key.publicKey,
            notValidBefore: now - 60,
            notValidAfter: now + lifetime,
            issuer: self.certificate.subject,
            subject: try DistinguishedName { CommonName("controller-\(server.id)") },
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth, .clientAuth])
                SubjectAlternativeNames(names)
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: self.key.publicKey).keyIdentifier
                )
            },
            issuerPrivateKey: self.key
        )
        return CertificateAndKey(
            certificate: try certificate.serializeAsPEM().pemString,
            privateKey: try key.serializeAsPEM().pemString
        )
    }

    private static let year: TimeInterval = 365 * 86_400
}

/// How a controller's certificate names it.
struct ControllerURI: CustomStringConvertible {
    var clusterID: String
    var controllerID: UInt64

    private static let scheme = "holdfast://"
    private static let middle = "/controller/"

    init(clusterID: String, controllerID: UInt64) {
        self.clusterID = clusterID
        self.controllerID = controllerID
    }

    init?(_ text: String) {
        guard text.hasPrefix(Self.scheme) else { return nil }
        let rest = text.dropFirst(Self.scheme.count)
        guard let middle = rest.firstRange(of: Self.middle), let id = UInt64(rest[middle.upperBound...]), id > 0 else {
            return nil
        }
        self.init(clusterID: String(rest[..<middle.lowerBound]), controllerID: id)
    }

    var description: String { "\(Self.scheme)\(self.clusterID)\(Self.middle)\(self.controllerID)" }
}
