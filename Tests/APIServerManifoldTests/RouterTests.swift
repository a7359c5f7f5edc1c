import AgentResources
import ClusterIdentity
import NIOCore
import NIOHTTP1
import NIOSSL
import RPC
import Testing

@testable import APIServerManifold

@Suite struct RouterTests {
    private let agent: TestAgent
    private let peers = PeerAcceptors()

    init() throws { self.agent = try TestAgent() }

    private func route(_ path: String, _ certificate: NIOSSLCertificate? = nil) -> RouteDecision {
        APIRouter(
            services: self.agent.services,
            registry: .all,
            peers: self.peers,
            limits: SessionLimits()
        ).route(HTTPRequestSummary(method: .GET, path: path, peerCertificate: certificate))
    }

    private func answer(_ path: String, _ certificate: NIOSSLCertificate? = nil) -> (status: UInt, text: String)? {
        guard case .respond(let answer) = self.route(path, certificate) else { return nil }
        return (answer.status.code, String(buffer: answer.body))
    }

    private func certificate(of id: UInt64, in bootstrap: ClusterBootstrap) throws -> NIOSSLCertificate {
        let authority = try ClusterAuthority(clusterID: bootstrap.clusterID, pem: bootstrap.authority)
        let issued = try authority.issue(to: ClusterServer(id: id, address: "127.0.0.1:1"))
        return try #require(try NIOSSLCertificate.fromPEMBytes(Array(issued.certificate.utf8)).first)
    }

    @Test("API paths become connections", arguments: ["/api", "/model/0000/api"])
    func api(path: String) {
        guard case .rpc = self.route(path) else {
            Issue.record("no connection")
            return
        }
        self.agent.services.gate.close()
        #expect(self.answer(path)?.status == 503)
    }

    @Test(
        "what is not there is not found",
        arguments: ["/x", "/model//api", "/model/a/b/api", "/api/", "/model/a", "/Raft", ""]
    )
    func notFound(path: String) {
        #expect(self.answer(path)?.status == 404)
    }

    @Test("metrics are for everybody, while there are any")
    func metrics() {
        struct Page: MetricsPage {
            let contentType = "text/x"
            let bytes = Array("seen 1".utf8)
        }
        #expect(self.answer("/metrics")?.status == 503)
        self.agent.setMetrics(Page())
        #expect(self.answer("/metrics")?.status == 200)
        #expect(self.answer("/metrics")?.text == "seen 1")
        guard case .respond(let answer) = self.route("/metrics") else { return }
        #expect(answer.contentType == "text/x")
    }

    @Test("the root says what this is")
    func root() {
        #expect(self.answer("/")?.status == 200)
        #expect(self.answer("/")?.text.contains("Holdfast 0.1.0") == true)
    }

    @Test("health follows Raft, and the agent's end")
    func health() {
        #expect(self.answer("/health")?.status == 503)
        var raft = FakeProposals.leading()
        raft.status.leader = nil
        self.agent.setRaft(raft)
        #expect(self.answer("/health")?.status == 503)
        self.agent.setRaft(FakeProposals.leading())
        #expect(self.answer("/health")?.status == 200)
        #expect(self.answer("/health")?.text == "running\n")
        self.agent.services.gate.close()
        #expect(self.answer("/health")?.status == 503)
        #expect(self.answer("/health")?.text == "stopping\n")
    }

    @Test("peers' paths are closed to those without a certificate of this cluster", arguments: PeerRoute.allCases)
    func peers(route: PeerRoute) throws {
        self.peers.set({ $0.channel.eventLoop.makeSucceededVoidFuture() }, for: route)
        #expect(self.answer(route.rawValue)?.status == 403)
        let foreign = try ClusterBootstrap(servers: self.agent.identity.servers)
        let bad = [
            try self.certificate(of: 2, in: foreign),  // another cluster's
            try self.certificate(of: 9, in: self.agent.bootstrap),  // not a member
            try self.certificate(of: 1, in: self.agent.bootstrap),  // this very controller
        ]
        for certificate in bad {
            let answer = try #require(self.answer(route.rawValue, certificate))
            #expect(answer.status == 403)
            #expect(answer.text.split(separator: "\n").count == 1)
        }
    }

    @Test("peers are taken while somebody takes them", arguments: PeerRoute.allCases)
    func acceptors(route: PeerRoute) throws {
        let certificate = try self.certificate(of: 2, in: self.agent.bootstrap)
        #expect(self.answer(route.rawValue, certificate)?.status == 503)
        let server = ListeningAPIServer(address: "", peers: self.peers, meter: self.agent.services.meter)
        server.accept(route) { $0.channel.eventLoop.makeSucceededVoidFuture() }
        guard case .detach(let name, _) = self.route(route.rawValue, certificate) else {
            Issue.record("not taken")
            return
        }
        #expect("/\(name)" == route.rawValue)
        server.stopAccepting(route)
        #expect(self.answer(route.rawValue, certificate)?.status == 503)
        server.accept(route) { $0.channel.eventLoop.makeSucceededVoidFuture() }
        self.agent.services.gate.close()
        #expect(self.answer(route.rawValue, certificate)?.status == 503)
    }
}
