import AgentResources
import ClusterIdentity
import Leases
import RPC
import Testing

@testable import APIServerManifold

@Suite struct LeadershipServiceTests {
    private func claim(
        _ application: JSONValue = "application-mysql",
        _ unit: JSONValue = "unit-mysql-0",
        _ duration: JSONValue = 60
    ) -> JSONValue {
        ["application-tag": application, "unit-tag": unit, "duration": duration]
    }

    private func error(_ session: TestSession, _ claim: JSONValue) async throws -> RPCFailure? {
        let answer = try await session.call("LeadershipService", 2, "ClaimLeadership", ["params": [claim]])
        let results = try #require(answer["results"]?.array)
        #expect(results.count == 1)
        guard let error = results.first?["error"] else { return nil }
        return RPCFailure(
            code: error["code"]?.string ?? "",
            message: error["message"]?.string ?? "",
            info: error["info"]
        )
    }

    @Test("a unit claims the leadership of its application", arguments: ["unit-mysql-0", "application-mysql"])
    func claims(caller: String) async throws {
        let leases = FakeLeases()
        let agent = try TestAgent(leases: leases)
        let session = try await agent.loggedIn(as: caller)
        #expect(try await self.error(session, self.claim()) == nil)
        let key = LeaseKey(namespace: "application-leadership", model: agent.identity.model, name: "mysql")
        #expect(leases.asked.map(\.command) == [.claim(key, holder: "mysql/0", milliseconds: 60_000)])
    }

    @Test("seconds may have fractions, and a lease lasts at least those")
    func fractions() async throws {
        let leases = FakeLeases()
        let session = try await TestAgent(leases: leases).loggedIn(as: "unit-mysql-0")
        #expect(try await self.error(session, self.claim("application-mysql", "unit-mysql-0", 5.0001)) == nil)
        guard case .claim(_, _, 5_001)? = leases.asked.first?.command else {
            Issue.record("\(leases.asked)")
            return
        }
    }

    @Test("durations outside of five seconds to five minutes are invalid", arguments: [4.9, 301, -60, 0, 1e300])
    func durations(seconds: Double) async throws {
        let leases = FakeLeases()
        let session = try await TestAgent(leases: leases).loggedIn(as: "unit-mysql-0")
        let refusal = try await self.error(session, self.claim("application-mysql", "unit-mysql-0", .double(seconds)))
        #expect(refusal == RPCFailure(code: "", message: "invalid duration"))
        #expect(leases.asked.isEmpty)
    }

    @Test("nobody claims for another", arguments: ["unit-mysql-1", "unit-wiki-0", "application-wiki", "machine-0"])
    func others(caller: String) async throws {
        let leases = FakeLeases()
        let session = try await TestAgent(leases: leases).loggedIn(as: caller)
        #expect(try await self.error(session, self.claim()) == .permissionDenied)
        #expect(leases.asked.isEmpty)
    }

    @Test("a unit of another application is no leader of this one")
    func otherApplication() async throws {
        let session = try await TestAgent(leases: FakeLeases()).loggedIn(as: "unit-wiki-0")
        #expect(try await self.error(session, self.claim("application-mysql", "unit-wiki-0")) == .permissionDenied)
    }

    @Test("users are not agents")
    func users() async throws {
        let session = try await TestAgent(leases: FakeLeases()).loggedIn()
        for method in ["ClaimLeadership", "BlockUntilLeadershipReleased"] {
            #expect(await failure { try await session.call("LeadershipService", 2, method) } == .permissionDenied)
        }
    }

    @Test("bad items are answered each for itself")
    func badItems() async throws {
        let leases = FakeLeases()
        let session = try await TestAgent(leases: leases).loggedIn(as: "unit-mysql-0")
        let answer = try await session.call(
            "LeadershipService",
            2,
            "ClaimLeadership",
            [
                "params": [
                    self.claim("mysql"), self.claim("application-mysql", "mysql/0"),
                    self.claim("application-mysql", "unit-mysql-0", "60s"), self.claim(), 5, [:],
                    self.claim(.string(String(repeating: "a", count: 10_240))),
                ]
            ]
        )
        #expect(
            answer["results"]?.array?.map { $0["error"]?["message"]?.string } == [
                #""application-tag" must be a valid application tag, not "mysql""#,
                #""unit-tag" must be a valid unit tag, not "mysql/0""#,
                #""duration" must be a number of seconds"#, nil, #"an item of "params" must be an object"#,
                #""application-tag" is required"#, #""application-tag" must have from 1 to 256 bytes, not 10240"#,
            ]
        )
        #expect(leases.asked.count == 1)
    }

    @Test(
        "a claim that fails says why in Juju's words",
        arguments: [
            (
                .applied(
                    .held(by: Grant(holder: "mysql/1", token: FencingToken(1), remainingMilliseconds: 1)),
                    index: 1
                ),
                RPCFailure(code: "leadership claim denied", message: "leadership claim denied")
            ),
            (
                .never(Refusal(.notLeader, leader: Leader(id: 2, address: "h:1"))),
                RPCFailure(
                    code: "not leader",
                    message: "not leader",
                    info: ["server-address": "h:1", "server-id": "2"]
                )
            ),
            (
                .never(Refusal(.deadlineExceeded)),
                RPCFailure(code: "deadline exceeded", message: "lease deadline exceeded")
            ),
            (
                .never(Refusal(.overloaded)),
                RPCFailure(code: "lease error", message: "lease operation dropped", info: ["type": "lease-dropped"])
            ),
            (
                .unknown(Refusal(.tryAgain)),
                RPCFailure(code: "lease error", message: "lease operation timed out", info: ["type": "lease-timeout"])
            ),
        ] as [(SubmissionOutcome, RPCFailure)]
    )
    func failures(outcome: SubmissionOutcome, expected: RPCFailure) async throws {
        let session = try await TestAgent(leases: FakeLeases { $0.perform = { _ in outcome } })
            .loggedIn(as: "unit-mysql-0")
        #expect(try await self.error(session, self.claim()) == expected)
    }

    // MARK: BlockUntilLeadershipReleased

    private func block(_ session: TestSession, _ name: JSONValue) async throws -> JSONValue {
        try await session.call("LeadershipService", 2, "BlockUntilLeadershipReleased", ["Name": name])
    }

    @Test("a follower hears when the leadership is free")
    func released() async throws {
        let leases = FakeLeases()
        let session = try await TestAgent(leases: leases).loggedIn(as: "unit-mysql-1")
        #expect(try await self.block(session, "mysql") == [:])
        let key = await leases.waits.first { _ in true }
        #expect(key?.namespace == "application-leadership")
        #expect(key?.name == "mysql")
    }

    @Test("only members of the application may wait for it, and only by a name")
    func notReleased() async throws {
        let session = try await TestAgent(leases: FakeLeases()).loggedIn(as: "unit-mysql-1")
        #expect(try await self.block(session, "wiki")["error"] == RPCFailure.permissionDenied.asJSON)
        #expect(try await self.block(session, "unit/1")["error"]?["code"] == "not valid")
        #expect(await failure { try await self.block(session, 5) }?.code == "not valid")
    }

    @Test("a follower's wait outlives lease managers and ends with the connection")
    func outlives() async throws {
        let agent = try TestAgent()
        let session = try await agent.loggedIn(as: "unit-mysql-1")
        async let answer = failure { try await self.block(session, "mysql") }
        let failing = FakeLeases { $0.failure = LeaseServiceError(Refusal(.stopping)) }
        agent.setLeases(failing)
        _ = await failing.waits.first { _ in true }
        let held = FakeLeases { $0.isFree = nil }
        agent.setLeases(held)
        _ = await held.waits.first { _ in true }
        try await session.close()
        #expect(await answer == .cancelled)
    }
}
