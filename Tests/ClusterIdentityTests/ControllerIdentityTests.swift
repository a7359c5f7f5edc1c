import ClusterIdentity
import FoundationEssentials
import NIOSSL
import Testing

@Suite struct ControllerIdentityTests {
    private static let servers = [
        ClusterServer(id: 1, address: "127.0.0.1:17070"),
        ClusterServer(id: 2, address: "[::1]:17071"),
        ClusterServer(id: 3, address: "three.example:17072"),
    ]

    private func directory() -> IdentityFiles {
        IdentityFiles(directory: FileManager.default.temporaryDirectory.path + "/holdfast-\(UUID().uuidString)")
    }

    private func written(_ bootstrap: ClusterBootstrap, controller index: Int = 0) throws -> IdentityFiles {
        let files = self.directory()
        let (cluster, certificate) = bootstrap.controllers[index]
        try files.write(cluster, authority: bootstrap.authority.certificate, controller: certificate)
        return files
    }

    @Test("an identity that bootstrap wrote loads, and its certificate names it to a peer")
    func roundTrip() throws {
        let bootstrap = try ClusterBootstrap(servers: Self.servers)
        let files = try self.written(bootstrap, controller: 2)
        defer { try? FileManager.default.removeItem(atPath: files.directory) }
        let identity = try files.load()
        #expect(identity.id == 3)
        #expect(identity.address == "three.example:17072")
        let pem = Array(bootstrap.controllers[1].certificate.certificate.utf8)
        let peer = try #require(try NIOSSLCertificate.fromPEMBytes(pem).first)
        #expect(try identity.peerID(of: peer) == 2)
    }

    @Test("only the account's own token opens it")
    func token() throws {
        let bootstrap = try ClusterBootstrap(servers: Self.servers)
        let identity = try #require(try bootstrap.identities().first)
        #expect(identity.account(name: "user-admin", token: bootstrap.administratorToken.text) != nil)
        #expect(identity.account(name: "user-admin", token: "wrong") == nil)
        #expect(identity.account(name: "user-other", token: bootstrap.administratorToken.text) == nil)
    }

    @Test("a peer of another cluster is refused although it bears a member's id")
    func foreignPeer() throws {
        let ours = try #require(try ClusterBootstrap(servers: Self.servers).identities().first)
        let theirs = try ClusterBootstrap(servers: Self.servers)
        let pem = Array(theirs.controllers[1].certificate.certificate.utf8)
        let peer = try #require(try NIOSSLCertificate.fromPEMBytes(pem).first)
        #expect { try ours.peerID(of: peer) } throws: { ($0 as? IdentityError)?.code == .foreign }
    }

    @Test("an expired certificate is refused with its dates")
    func expired() throws {
        let now = Date()
        let bootstrap = try ClusterBootstrap(servers: Self.servers)
        let authority = try ClusterAuthority(clusterID: bootstrap.clusterID, pem: bootstrap.authority)
        let old = try authority.issue(to: Self.servers[0], now: now - 7_200, validFor: 3_600)
        #expect {
            try ControllerIdentity(
                cluster: bootstrap.controllers[0].cluster,
                authority: bootstrap.authority.certificate,
                controller: old,
                now: now
            )
        } throws: {
            ($0 as? IdentityError)?.code == .expired
        }
    }

    @Test("a certificate of another authority, of another controller, or with another key is refused")
    func mixedUp() throws {
        let ours = try ClusterBootstrap(servers: Self.servers)
        let theirs = try ClusterBootstrap(servers: Self.servers)
        func code(_ certificate: CertificateAndKey) -> IdentityError.Code? {
            do throws(IdentityError) {
                _ = try ControllerIdentity(
                    cluster: ours.controllers[0].cluster,
                    authority: ours.authority.certificate,
                    controller: certificate,
                    now: Date()
                )
                return nil
            } catch { return error.code }
        }
        #expect(code(theirs.controllers[0].certificate) == .foreign)
        #expect(code(ours.controllers[1].certificate) == .foreign)
        var mixed = ours.controllers[0].certificate
        mixed.privateKey = ours.controllers[1].certificate.privateKey
        #expect(code(mixed) == .mismatched)
        #expect(code(ours.controllers[0].certificate) == nil)
    }

    @Test("bootstrap never overwrites an identity")
    func noOverwrite() throws {
        let bootstrap = try ClusterBootstrap(servers: Self.servers)
        let files = try self.written(bootstrap)
        defer { try? FileManager.default.removeItem(atPath: files.directory) }
        #expect {
            try files.write(
                bootstrap.controllers[0].cluster,
                authority: bootstrap.authority.certificate,
                controller: bootstrap.controllers[0].certificate
            )
        } throws: { ($0 as? IdentityError)?.code == .alreadyExists }
    }

    @Test("private files are readable by their owner only")
    func permissions() throws {
        let files = try self.written(ClusterBootstrap(servers: Self.servers))
        defer { try? FileManager.default.removeItem(atPath: files.directory) }
        let attributes = try FileManager.default.attributesOfItem(atPath: files.privateKey)
        #expect((attributes[.posixPermissions] as? Int) == 0o600)
    }

    @Test("a missing, a broken and an oversized file are each named", arguments: ["missing", "broken", "oversized"])
    func badFile(kind: String) throws {
        let files = try self.written(ClusterBootstrap(servers: Self.servers))
        defer { try? FileManager.default.removeItem(atPath: files.directory) }
        switch kind {
        case "missing": try FileManager.default.removeItem(atPath: files.authority)
        case "broken": try writePrivate("{", to: files.description)
        default: try writePrivate(String(repeating: "x", count: 2 << 20), to: files.certificate)
        }
        do throws(IdentityError) {
            _ = try files.load()
            Issue.record("the identity loaded")
        } catch {
            #expect(error.code == ["missing": .missing, "broken": .malformed][kind] ?? .unreadable)
            #expect(error.message.contains(files.directory))
        }
    }

    @Test("a cluster has one, three or five distinct controllers", arguments: [0, 2, 4, 6])
    func clusterSize(count: Int) {
        let servers = (0..<count).map { ClusterServer(id: UInt64($0 + 1), address: "h\($0):1") }
        #expect(throws: IdentityError.self) {
            try ClusterDescription(clusterID: "c", controllerID: 1, model: "m", servers: servers, accounts: [])
                .validate()
        }
    }

    @Test(
        "an address without a port, or with one too large, is refused",
        arguments: ["a", ":1", "a:70000", "a:x", "::1:80"]
    )
    func badAddress(text: String) {
        #expect(throws: IdentityError.self) { try HostAndPort(text) }
    }
}
