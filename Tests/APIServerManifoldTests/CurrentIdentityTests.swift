import ClusterIdentity
import DependencyEngine
import RPC
import Testing

@testable import APIServerManifold

@Suite(.timeLimit(.minutes(1))) struct CurrentIdentityTests {
    @Test("a start takes the identity there is, and without one says what is missing")
    func start() throws {
        let agent = try TestAgent()
        let source = Live<ControllerIdentity>.standalone()
        let error = #expect(throws: Verdict.self) { _ = try CurrentIdentity(from: source.live) }
        guard case .missing("identity") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        source.set(agent.identity)
        #expect(try CurrentIdentity(from: source.live).value.serverTLS === agent.identity.serverTLS)
    }

    @Test("a new identity is for the next connection, and the old connection goes on with what it began with")
    func renewal() async throws {
        let server = try await RunningServer(TestAgent(leases: FakeLeases()))
        let old = server.agent
        let early = try await server.client()
        let client = try await server.loggedIn()
        // Another authority, other accounts and another model: nothing of the old identity opens anything.
        let new = try TestAgent()
        await server.take(new.identity)

        let next = try await server.client(trusting: new.bootstrap)
        await #expect(throws: RPCFailure.wrongCredentials) { _ = try await next.logIn(old.token) }
        let welcome = try await next.logIn(new.token)
        #expect(welcome["controller-tag"] == .string("controller-\(new.identity.clusterID)"))
        await #expect(throws: RPCConnectError.self) { _ = try await server.client() }
        #expect(try await server.refusal("/raft", new.identities[1].peerTLS) == 503)
        await #expect(throws: RPCConnectError.self) {
            _ = try await server.refusal("/raft", old.identities[1].peerTLS)
        }

        _ = try await client.lease("Claim", ["leases": [["lease": "db", "holder": "a", "duration-ms": 30_000]]])
        _ = try await early.logIn(old.token)
        #expect(client.isOpen)
        for client in [early, client, next] { await client.close() }
        try await server.end()
    }

    @Test("an identity that goes away changes nothing")
    func gone() async throws {
        let server = try await RunningServer(TestAgent())
        let client = try await server.loggedIn()
        server.agent.setIdentity(nil)
        let next = try await server.loggedIn()
        let new = try TestAgent()
        await server.take(new.identity)
        server.agent.setIdentity(nil)
        let last = try await server.client(trusting: new.bootstrap)
        _ = try await last.logIn(new.token)
        for client in [client, next, last] {
            #expect(client.isOpen)
            await client.close()
        }
        try await server.end()
    }
}

extension RunningServer {
    /// Provides `identity` and returns once the server has taken notice.
    fileprivate func take(_ identity: ControllerIdentity) async {
        self.agent.setIdentity(identity)
        while self.agent.services.identity.serverTLS !== identity.serverTLS { await Task.yield() }
    }
}
