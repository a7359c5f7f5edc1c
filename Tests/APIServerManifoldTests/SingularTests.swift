import AgentResources
import ClusterIdentity
import Leases
import RPC
import Testing

@testable import APIServerManifold

@Suite struct SingularTests {
    private func claim(_ agent: TestAgent, claimant: JSONValue = "machine-0", _ duration: JSONValue = 60_000_000_000)
        -> JSONValue
    {
        [
            "claims": [
                [
                    "entity-tag": .string("model-\(agent.identity.model)"), "claimant-tag": claimant,
                    "duration": duration,
                ]
            ]
        ]
    }

    @Test("a controller's agent claims to be the only one")
    func claims() async throws {
        let tag = "machine-0"
        let leases = FakeLeases()
        let agent = try TestAgent(leases: leases)
        let session = try await agent.loggedIn(as: tag)
        let answer = try await session.call("Singular", 2, "Claim", self.claim(agent, claimant: .string(tag)))
        #expect(answer == ["results": [[:]]])
        let model = agent.identity.model
        let key = LeaseKey(namespace: "singular-controller", model: model, name: model)
        #expect(leases.asked.map(\.command) == [.claim(key, holder: tag, milliseconds: 60_000)])
        #expect(key.isSingular)
    }

    @Test("a controller that showed its certificate may, too")
    func certificate() throws {
        #expect(Facade.singular.audience.admits(try #require(EntityTag("controller-1"))))
    }

    @Test("a second becomes two: a lease lasts at least what was asked for")
    func shortest() async throws {
        let leases = FakeLeases()
        let agent = try TestAgent(leases: leases)
        _ = try await agent.loggedIn(as: "machine-0").call("Singular", 2, "Claim", self.claim(agent, 1_000_000_000))
        guard case .claim(_, _, 2_000)? = leases.asked.first?.command else {
            Issue.record("\(leases.asked)")
            return
        }
    }

    @Test("nobody else claims, nor for another, nor another's, nor for too long")
    func refused() async throws {
        let leases = FakeLeases()
        let agent = try TestAgent(leases: leases)
        for tag in ["unit-mysql-0", "user-admin"] {
            let session = try await agent.loggedIn(as: tag)
            let refusal = await failure { try await session.call("Singular", 2, "Claim", self.claim(agent)) }
            #expect(refusal == .permissionDenied)
        }
        let session = try await agent.loggedIn(as: "machine-1")
        func error(_ parameters: JSONValue) async throws -> JSONValue? {
            try await session.call("Singular", 2, "Claim", parameters)["results"]?.array?.first?["error"]?["message"]
        }
        #expect(try await error(self.claim(agent)) == "permission denied")
        #expect(try await error(self.claim(agent, claimant: "machine-1", 999_999_999)) == "invalid duration")
        #expect(try await error(self.claim(agent, claimant: "machine-1", 60_000_000_001)) == "invalid duration")
        let elsewhere: JSONValue = [
            "claims": [["entity-tag": "model-x", "claimant-tag": "machine-1", "duration": 1_000_000_000]]
        ]
        #expect(try await error(elsewhere) == "permission denied")
        #expect(leases.asked.isEmpty)
    }

    @Test("a claim another holds is denied in Juju's words")
    func denied() async throws {
        let held = Grant(holder: "machine-2", token: FencingToken(1), remainingMilliseconds: 1)
        let agent = try TestAgent(leases: FakeLeases { $0.perform = { _ in .applied(.held(by: held), index: 1) } })
        let answer = try await agent.loggedIn(as: "machine-0").call("Singular", 2, "Claim", self.claim(agent))
        #expect(answer["results"]?.array?.first?["error"]?["code"] == "lease claim denied")
    }

    @Test("a wait ends when the lease is free, and with the server's stop")
    func waits() async throws {
        let agent = try TestAgent(leases: FakeLeases())
        let parameters: JSONValue = ["entities": [["tag": .string("model-\(agent.identity.model)")], ["tag": "x"]]]
        let session = try await agent.loggedIn(as: "machine-0")
        let answer = try await session.call("Singular", 2, "Wait", parameters)
        #expect(answer["results"]?.array?.map { $0["error"]?["message"]?.string } == [nil, "permission denied"])
        let held = FakeLeases { $0.isFree = nil }
        agent.setLeases(held)
        async let stopped = failure { try await session.call("Singular", 2, "Wait", parameters) }
        _ = await held.waits.first { _ in true }
        agent.services.gate.close()
        #expect(await stopped == .stopping)
        #expect(held.callers.map(\.isGone) == [true])
    }
}
