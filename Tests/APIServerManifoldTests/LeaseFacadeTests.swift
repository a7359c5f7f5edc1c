import AgentResources
import ClusterIdentity
import Leases
import NIOCore
import RPC
import Testing

@testable import APIServerManifold

@Suite struct LeaseFacadeTests {
    private static let id = "0123456789abcdef0123456789abcdef"
    private static let grant = Grant(holder: "other", token: FencingToken(41), remainingMilliseconds: 900)

    private func claim(_ lease: String = "db") -> JSONValue {
        ["lease": .string(lease), "holder": "a", "duration-ms": 30_000, "operation-id": .string(Self.id)]
    }

    private func bulk(_ items: JSONValue..., timeout: Int64 = 1_000) -> JSONValue {
        ["leases": .array(items), "timeout-ms": .int(timeout)]
    }

    @Test("a granted claim answers with holder, token and remaining time")
    func granted() async throws {
        let leases = FakeLeases()
        let agent = try TestAgent(leases: leases)
        let answer = try await agent.loggedIn().lease("Claim", self.bulk(self.claim()))
        #expect(
            answer == [
                "results": [
                    [
                        "lease": "db", "outcome": "applied", "holder": "a", "token": 7, "expires-in-ms": 30_000,
                        "next-renewal-in-ms": 15_000, "operation-id": .string(Self.id),
                    ]
                ]
            ]
        )
        let asked = try #require(leases.asked.first)
        #expect(asked.id.hexadecimal == Self.id)
        let key = LeaseKey(namespace: "lease", model: agent.identity.model, name: "db")
        #expect(asked.command == .claim(key, holder: "a", milliseconds: 30_000))
        let timeout = try #require(leases.timeouts.first)
        #expect(timeout <= .seconds(1))
    }

    @Test(
        "each outcome has its form on the wire",
        arguments: [
            (
                .applied(.held(by: Self.grant), index: 1),
                ["outcome": "held", "holder": "other", "token": 41, "expires-in-ms": 900]
            ),
            (.applied(.notHeld, index: 1), ["outcome": "never", "reason": "not-held"]),
            (.applied(.expired, index: 1), ["outcome": "never", "reason": "expired"]),
            (.applied(.invalid("why"), index: 1), ["outcome": "never", "reason": "invalid", "message": "why"]),
            (.applied(.revoked, index: 1), ["outcome": "applied"]),
            (.applied(.revoking(remainingMilliseconds: 5), index: 1), ["outcome": "applied", "expires-in-ms": 5]),
            (.applied(.pinned(true), index: 1), ["outcome": "applied", "pinned": true]),
            (
                .never(Refusal(.overloaded, retryAfterMilliseconds: 250)),
                ["outcome": "refused", "reason": "overloaded", "retry-after-ms": 250]
            ),
            (.never(Refusal(.tryAgain)), ["outcome": "never", "reason": "try-again"]),
            (.never(Refusal(.notLeader)), ["outcome": "never", "reason": "not-leader"]),
            (.never(Refusal(.deadlineExceeded)), ["outcome": "never", "reason": "deadline-exceeded"]),
            (.unknown(Refusal(.stopping)), ["outcome": "unknown", "reason": "stopping"]),
            (
                .applied(.refused("full"), index: 1),
                ["outcome": "refused", "reason": "full", "message": "full"]
            ),
            (.applied(.resolved(.never), index: 1), ["outcome": "never", "reason": "not-applied"]),
            (.applied(.resolved(.forgotten), index: 1), ["outcome": "unknown", "reason": "forgotten"]),
            (
                .applied(.resolved(.applied(.granted(Self.grant))), index: 1),
                ["outcome": "applied", "holder": "other", "token": 41, "expires-in-ms": 900]
            ),
            (
                .applied(.resolved(.applied(.revoking(remainingMilliseconds: 5))), index: 1),
                ["outcome": "applied", "reason": "revoking", "expires-in-ms": 5]
            ),
        ] as [(SubmissionOutcome, JSONObject)]
    )
    func outcomes(outcome: SubmissionOutcome, expected: JSONObject) throws {
        let key = LeaseKey(namespace: "n", model: "m", name: "db")
        var result = try Self.written(outcome, of: .revoke(key, holder: nil, force: false))
        #expect(result["lease"] == "db")
        result["lease"] = nil
        #expect(result == expected)
    }

    /// The result of one command as it is written, but for the operation's id.
    private static func written(_ outcome: SubmissionOutcome, of command: LeaseCommand) throws -> JSONObject {
        var text = ByteBuffer()
        let asked = IdentifiedCommand(id: try #require(OperationID(hexadecimal: Self.id)), command: command)
        text.writeResult(LeaseAnswer(outcome: outcome), of: asked)
        var result = try #require(try JSONValue.parse(text).object)
        #expect(result["operation-id"] == .string(Self.id))
        result["operation-id"] = nil
        return result
    }

    @Test("guarantee 2: a claim or extension that meets a waiting revoke is not called applied")
    func revoking() throws {
        let key = LeaseKey(namespace: "n", model: "m", name: "db")
        let commands: [LeaseCommand] = [
            .claim(key, holder: "a", milliseconds: 2_000), .extend(key, holder: "a", milliseconds: 2_000),
        ]
        for command in commands {
            let met = try Self.written(.applied(.revoking(remainingMilliseconds: 5), index: 1), of: command)
            #expect(met == ["lease": "db", "outcome": "never", "reason": "revoking", "expires-in-ms": 5])
            let over = try Self.written(.applied(.revoked, index: 1), of: command)
            #expect(over == ["lease": "db", "outcome": "never", "reason": "not-held"])
        }
    }

    @Test("guarantee 3: a client's not-after-ms reaches the lease manager as it is, and bad ones are refused by name")
    func notAfter() async throws {
        let leases = FakeLeases()
        let raft = FakeProposals.leading(globalTime: GlobalTime(milliseconds: 1_000))
        let session = try await TestAgent(leases: leases, raft: raft).loggedIn()
        func item(_ notAfter: JSONValue, id: JSONValue = .string(Self.id)) -> JSONValue {
            [
                "lease": "db", "holder": "a", "duration-ms": 30_000, "operation-id": id, "not-after-ms": notAfter,
            ]
        }
        let answer = try await session.lease(
            "Claim",
            self.bulk(item(121_000), item(121_001), item(5_000, id: nil), item(-1), item("x"))
        )
        #expect(answer["global-time-ms"] == 1_000)
        #expect(leases.asked.map(\.notAfter) == [GlobalTime(milliseconds: 121_000)])
        let results = try #require(answer["results"]?.array)
        #expect(results[0]["outcome"] == "applied")
        #expect(results.dropFirst().map { $0["error"]?["code"] } == Array(repeating: "not valid", count: 4))
        #expect(
            results.dropFirst().prefix(2).map { $0["error"]?["message"]?.string } == [
                #""not-after-ms" must be at most 120000 milliseconds after the global time 1000"#,
                #""not-after-ms" is for operations with an "operation-id""#,
            ]
        )
    }

    @Test("reads tell the global time too, and a login does")
    func globalTime() async throws {
        let raft = FakeProposals.leading(globalTime: GlobalTime(milliseconds: 1_000))
        let agent = try TestAgent(leases: FakeLeases(), raft: raft)
        let session = agent.session()
        #expect(try await session.logIn("user-admin", agent.token)["global-time-ms"] == 1_000)
        for method in ["Check", "Wait"] {
            #expect(try await session.lease(method, self.bulk(["lease": "db"]))["global-time-ms"] == 1_000)
        }
        #expect(try await session.lease("List", [:])["global-time-ms"] == 1_000)
        agent.setRaft(nil)
        #expect(try await session.lease("List", [:])["global-time-ms"] == nil)
    }

    @Test("commands reach the lease manager as they were meant")
    func commands() async throws {
        let leases = FakeLeases()
        let agent = try TestAgent(leases: leases)
        let session = try await agent.loggedIn()
        let key = LeaseKey(namespace: "x", model: agent.identity.model, name: "db")
        _ = try await session.lease(
            "Extend",
            self.bulk(["lease": "db", "namespace": "x", "holder": "a", "duration-ms": 2_000])
        )
        _ = try await session.lease("Revoke", self.bulk(["lease": "db", "namespace": "x", "holder": "a"]))
        _ = try await session.lease("Revoke", self.bulk(["lease": "db", "namespace": "x", "force": true]))
        _ = try await session.lease("Pin", self.bulk(["lease": "db", "namespace": "x"]))
        _ = try await session.lease("Pin", self.bulk(["lease": "db", "namespace": "x", "entity": "me"]))
        _ = try await session.lease("Unpin", self.bulk(["lease": "db", "namespace": "x"]))
        _ = try await session.lease("Unpin", self.bulk(["lease": "db", "namespace": "x", "force": true]))
        #expect(
            leases.asked.map(\.command) == [
                .extend(key, holder: "a", milliseconds: 2_000),
                .revoke(key, holder: "a", force: false),
                .revoke(key, holder: nil, force: true),
                .pin(key, entity: "user-admin"),
                .pin(key, entity: "me"),
                .unpin(key, entity: "user-admin"),
                .unpin(key, entity: nil),
            ]
        )
    }

    @Test("bad items are answered each for itself, and the others go on")
    func badItems() async throws {
        let leases = FakeLeases()
        let session = try await TestAgent(leases: leases).loggedIn()
        let answer = try await session.lease(
            "Claim",
            self.bulk(
                ["lease": "", "holder": "a", "duration-ms": 30_000],
                self.claim("good"),
                ["lease": "db", "holder": "a", "duration-ms": -1],
                ["lease": "db", "holder": "a", "duration-ms": 30_000, "colour": "red"],
                ["lease": "db", "duration-ms": 30_000],
                ["lease": "db", "holder": "a", "duration-ms": 30_000, "operation-id": "xyz"],
                ["lease": "db", "holder": "a", "duration-ms": 30_000, "model": "elsewhere"],
                "db"
            )
        )
        let results = try #require(answer["results"]?.array)
        #expect(results.count == 8)
        #expect(results[1]["outcome"] == "applied")
        #expect(
            results.map { $0["error"]?["message"]?.string } == [
                #""lease" must not be empty"#, nil,
                #""duration-ms" must be from 2000 to 86400000 milliseconds, not -1"#,
                #"unknown field "colour""#, #""holder" is required"#,
                #""operation-id" must be 32 hexadecimal digits"#, #"unknown model: "elsewhere""#,
                #"an item of "leases" must be an object"#,
            ]
        )
        #expect(results[6]["error"]?["code"] == "model not found")
        #expect(results[0]["error"]?["code"] == "not valid")
        #expect(leases.asked.map(\.command.key.name) == ["good"])
    }

    @Test("a call that cannot be understood changes nothing and keeps the session")
    func badCalls() async throws {
        let leases = FakeLeases()
        let session = try await TestAgent(leases: leases).loggedIn()
        let bad: [JSONValue] = [
            [:], ["leases": "db"], ["leases": [], "colour": 1], ["leases": [self.claim()], "timeout-ms": 0],
            ["leases": [self.claim()], "timeout-ms": 1e99], .array([]),
            ["leases": .array(Array(repeating: self.claim(), count: 1_001))],
        ]
        for parameters in bad {
            #expect(await failure { try await session.lease("Claim", parameters) }?.code == "not valid")
        }
        #expect(leases.asked.isEmpty)
        #expect(try await session.lease("Claim", ["leases": []]) == ["results": []])
    }

    @Test("agents have their own facade and not this one")
    func agents() async throws {
        let session = try await TestAgent(leases: FakeLeases()).loggedIn(as: "unit-mysql-0")
        #expect(await failure { try await session.lease("Claim", ["leases": []]) } == .permissionDenied)
    }

    // MARK: Reads

    @Test("check tells holder, token and whether both are as expected")
    func check() async throws {
        let agent = try TestAgent()
        let key = LeaseKey(namespace: "lease", model: agent.identity.model, name: "db")
        agent.setLeases(FakeLeases { $0.records = [key: LeaseRecord(key: key, grant: Self.grant, isPinned: true)] })
        let session = try await agent.loggedIn()
        let answer = try await session.lease(
            "Check",
            self.bulk(
                ["lease": "db"],
                ["lease": "db", "holder": "other", "token": 41],
                ["lease": "db", "holder": "a"],
                ["lease": "db", "token": 40],
                ["lease": "free"],
                ["lease": "db", "token": -1]
            )
        )
        let results = try #require(answer["results"]?.array)
        #expect(
            results[0] == [
                "lease": "db", "outcome": "held", "holder": "other", "token": 41, "expires-in-ms": 900, "pinned": true,
                "matches": true,
            ]
        )
        #expect(results[1...4].map { $0["matches"]?.bool } == [true, false, false, false])
        #expect(results[4] == ["lease": "free", "outcome": "free", "matches": false])
        #expect(results[5]["error"]?["code"] == "not valid")
    }

    @Test("list goes through pages")
    func list() async throws {
        let agent = try TestAgent()
        let model = agent.identity.model
        let keys = ["a", "b", "c"].map { LeaseKey(namespace: "lease", model: model, name: $0) }
        let leases = FakeLeases { script in
            for key in keys { script.records[key] = LeaseRecord(key: key, grant: Self.grant, isPinned: false) }
        }
        agent.setLeases(leases)
        let session = try await agent.loggedIn()
        let first = try await session.lease("List", ["limit": 2])
        #expect(first["more"] == true)
        #expect(first["leases"]?.array?.compactMap { $0["lease"]?.string } == ["a", "b"])
        let last = try #require(first["leases"]?.array?.last)
        let second = try await session.lease("List", ["limit": 2, "after": last])
        #expect(second["more"] == false)
        #expect(
            second["leases"] == [
                [
                    "namespace": "lease", "model": .string(model), "lease": "c", "holder": "other", "token": 41,
                    "expires-in-ms": 900, "pinned": false,
                ]
            ]
        )
        _ = try await session.lease("List", ["namespace": "lease", "after": "b", "prefix": "c"])
        #expect(
            leases.queries.last
                == LeaseQuery(namespace: "lease", model: model, prefix: "c", after: keys[1], limit: 1_001)
        )
    }

    @Test(
        "bad list parameters are refused",
        arguments: [
            ["limit": 0], ["limit": 10_001], ["limit": "x"], ["after": "b"], ["after": 5],
            ["after": ["namespace": "x"]],
            ["prefix": 3], ["colour": 1], ["timeout-ms": -1], ["namespace": ""],
        ] as [JSONValue]
    )
    func badList(parameters: JSONValue) async throws {
        let session = try await TestAgent(leases: FakeLeases()).loggedIn()
        #expect(await failure { try await session.lease("List", parameters) }?.code == "not valid")
    }

    @Test("wait tells free from held at its deadline")
    func wait() async throws {
        let agent = try TestAgent(leases: FakeLeases { $0.isFree = true })
        let session = try await agent.loggedIn()
        #expect(
            try await session.lease("Wait", self.bulk(["lease": "db"], timeout: 3_600_000))
                == ["results": [["lease": "db", "outcome": "free"]]]
        )
        agent.setLeases(FakeLeases { $0.isFree = false })
        #expect(
            try await session.lease("Wait", self.bulk(["lease": "db"], ["lease": 5], timeout: 1))
                == [
                    "results": [
                        ["lease": "db", "outcome": "held"],
                        ["error": ["message": #""lease" must be a string"#, "code": "not valid"]],
                    ]
                ]
        )
        #expect(await failure { try await session.lease("Wait", self.bulk(timeout: 3_600_001)) }?.code == "not valid")
    }

    @Test("waits end with their connection")
    func waitCancelled() async throws {
        let leases = FakeLeases { $0.isFree = nil }
        let session = try await TestAgent(leases: leases).loggedIn()
        async let answer = failure { try await session.lease("Wait", self.bulk(["lease": "db"], timeout: 3_600_000)) }
        _ = await leases.waits.first { _ in true }
        try await session.close()
        #expect(await answer == .cancelled)
        #expect(leases.callers.map(\.isGone) == [true])
    }

    // MARK: Watch and resolve

    @Test("watch tells changes in order, with a cursor to go on from")
    func watch() async throws {
        let agent = try TestAgent()
        let key = LeaseKey(namespace: "lease", model: agent.identity.model, name: "db")
        let leases = FakeLeases { script in
            script.watch = { query in
                WatchAnswer(
                    changes: [
                        LeaseChange(
                            kind: .claimed,
                            key: key,
                            holder: "a",
                            token: FencingToken(7),
                            cursor: WatchCursor(index: 9, offset: 1)
                        )
                    ],
                    cursor: WatchCursor(index: 9, offset: 2),
                    gap: query.after == nil
                )
            }
        }
        agent.setLeases(leases)
        let session = try await agent.loggedIn()
        let parameters: JSONValue = ["namespace": "lease", "prefix": "d", "after": "8.3", "limit": 5]
        #expect(
            try await session.lease("Watch", parameters) == [
                "changes": [
                    [
                        "kind": "claimed", "lease": "db", "namespace": "lease", "holder": "a", "token": 7,
                        "cursor": "9.1",
                    ]
                ],
                "cursor": "9.2", "gap": false,
            ]
        )
        #expect(
            leases.watched == [
                WatchQuery(
                    namespace: "lease",
                    model: agent.identity.model,
                    prefix: "d",
                    after: WatchCursor(index: 8, offset: 3),
                    limit: 5
                )
            ]
        )
        #expect(try await session.lease("Watch", [:])["gap"] == true)
    }

    @Test(
        "bad watches are refused",
        arguments: [
            ["after": "9"], ["after": "9.x"], ["after": "-1.2"], ["after": "1.2.3"], ["after": 9], ["limit": 0],
            ["limit": 10_001], ["timeout-ms": 0], ["timeout-ms": 3_600_001], ["colour": 1],
        ] as [JSONValue]
    )
    func badWatch(parameters: JSONValue) async throws {
        let session = try await TestAgent(leases: FakeLeases()).loggedIn()
        #expect(await failure { try await session.lease("Watch", parameters) }?.code == "not valid")
    }

    @Test("guarantee 3: resolve asks what became of an operation, under an id of its own")
    func resolve() async throws {
        let leases = FakeLeases { $0.perform = { _ in .applied(.resolved(.never), index: 1) } }
        let agent = try TestAgent(leases: leases)
        let session = try await agent.loggedIn()
        let answer = try await session.lease(
            "Resolve",
            self.bulk(
                ["lease": "db", "operation-id": .string(Self.id), "not-after-ms": 9],
                ["lease": "db", "operation-id": .string(Self.id)],
                ["lease": "db", "not-after-ms": 9]
            )
        )
        let results = try #require(answer["results"]?.array)
        #expect(
            results[0] == [
                "lease": "db", "outcome": "never", "reason": "not-applied", "operation-id": .string(Self.id),
            ]
        )
        #expect(results.dropFirst().map { $0["error"]?["code"] } == ["not valid", "not valid"])
        let id = try #require(OperationID(hexadecimal: Self.id))
        let key = LeaseKey(namespace: "lease", model: agent.identity.model, name: "db")
        #expect(leases.asked.map(\.command) == [.resolve(key, id, notAfter: GlobalTime(milliseconds: 9))])
        #expect(leases.asked.first?.id != id)
        #expect(leases.asked.first?.notAfter == nil)
    }

    @Test("commands are given up with their connection")
    func abandoned() async throws {
        let leases = FakeLeases()
        let session = try await TestAgent(leases: leases).loggedIn()
        _ = try await session.lease("Claim", self.bulk(self.claim()))
        #expect(leases.callers.map(\.isGone) == [false])
        try await session.close()
        #expect(leases.callers.map(\.isGone) == [true])
    }

    // MARK: Without a lease manager

    @Test("without a lease manager a command is never applied, at its deadline")
    func commandWithoutLeases() async throws {
        let session = try await TestAgent().loggedIn()
        let answer = try await session.lease("Claim", self.bulk(self.claim(), timeout: 1))
        #expect(answer["results"]?.array?.first?["outcome"] == "never")
        #expect(answer["results"]?.array?.first?["reason"] == "try-again")
    }

    @Test("without a lease manager a read says try again, at its deadline", arguments: ["Check", "Wait"])
    func readWithoutLeases(method: String) async throws {
        let session = try await TestAgent().loggedIn()
        let refusal = await failure { try await session.lease(method, self.bulk(["lease": "db"], timeout: 1)) }
        #expect(refusal?.code == "try again")
        #expect(await failure { try await session.lease("List", ["timeout-ms": 1]) }?.code == "try again")
    }

    @Test("a call that came before the lease manager is carried out by it")
    func leasesComeLater() async throws {
        let agent = try TestAgent()
        let session = try await agent.loggedIn()
        async let answer = session.lease("Claim", self.bulk(self.claim(), timeout: 60_000))
        agent.setLeases(FakeLeases())
        #expect(try await answer["results"]?.array?.first?["outcome"] == "applied")
    }

    @Test("a wait goes on with the next lease manager")
    func nextLeases() async throws {
        let agent = try TestAgent()
        let failing = FakeLeases { $0.failure = LeaseServiceError(Refusal(.stopping)) }
        agent.setLeases(failing)
        let session = try await agent.loggedIn()
        async let answer = session.lease("Wait", self.bulk(["lease": "db"], timeout: 60_000))
        _ = await failing.waits.first { _ in true }
        agent.setLeases(FakeLeases())
        #expect(try await answer["results"]?.array?.first?["outcome"] == "free")
    }

    @Test("an overloaded lease manager is not asked again")
    func overloadedRead() async throws {
        let agent = try TestAgent(leases: FakeLeases { $0.failure = LeaseServiceError(Refusal(.overloaded)) })
        let session = try await agent.loggedIn()
        let refusal = await failure { try await session.lease("Check", self.bulk(["lease": "db"], timeout: 60_000)) }
        #expect(refusal?.code == "try again")
        #expect(refusal?.message.contains("overloaded") == true)
    }

    @Test("what a stopping lease manager gives back goes to the next one under the same id")
    func stoppingLeases() async throws {
        let agent = try TestAgent()
        let (asked, asking) = AsyncStream.makeStream(of: Void.self)
        let stopping = FakeLeases { script in
            script.perform = { _ in
                asking.yield()
                return .unknown(Refusal(.stopping))
            }
            script.notAfter = GlobalTime(milliseconds: 9)
        }
        agent.setLeases(stopping)
        let session = try await agent.loggedIn()
        async let answer = session.lease("Claim", self.bulk(self.claim(), timeout: 60_000))
        _ = await asked.first { _ in true }
        let next = FakeLeases()
        agent.setLeases(next)
        #expect(try await answer["results"]?.array?.first?["outcome"] == "applied")
        #expect(next.asked.map(\.id.hexadecimal) == [Self.id])
        #expect(next.asked.map(\.notAfter) == [GlobalTime(milliseconds: 9)])
    }

    @Test("while the agent stops, what is given back is answered at once")
    func stoppingAgent() async throws {
        let agent = try TestAgent()
        let gate = agent.services.gate
        agent.setLeases(
            FakeLeases { script in
                script.perform = { _ in
                    gate.close()
                    return .unknown(Refusal(.stopping))
                }
            }
        )
        let answer = try await agent.loggedIn().lease("Claim", self.bulk(self.claim(), timeout: 60_000))
        #expect(answer["results"]?.array?.first?["outcome"] == "unknown")
        #expect(answer["results"]?.array?.first?["reason"] == "stopping")
    }
}
