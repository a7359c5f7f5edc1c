import AgentResources
import ClusterIdentity
import DependencyEngine
import Leases
import Logging
import NIOConcurrencyHelpers
import NIOPosix
import RPC
import Testing

@testable import APIServerManifold
@testable import LeaseTransportManifold

@Suite(.timeLimit(.minutes(1))) struct RaftLeaseTests {
    private static func operation(_ name: String, id: UInt64 = 1) -> LeaseOperation {
        LeaseOperation(
            id: OperationID(high: 0, low: id),
            notAfter: GlobalTime(milliseconds: 100_000),
            command: .claim(LeaseKey(namespace: "lease", model: "m", name: name), holder: "a", milliseconds: 30_000)
        )
    }

    private static let granted = OperationResult.granted(
        Grant(holder: "a", token: FencingToken(1), remainingMilliseconds: 30_000)
    )

    /// A leader's server and controller 2, logged in on it.
    private func peer(
        _ operations: any Operations,
        raft: FakeProposals = .leading()
    ) async throws -> (server: RunningServer, client: RPCClient) {
        let server = try await RunningServer(TestAgent(raft: raft, operations: operations))
        let client = try await RPCClient.connect(
            host: "127.0.0.1",
            port: server.port,
            tls: server.agent.identities[1].peerTLS,
            group: MultiThreadedEventLoopGroup.singleton
        )
        _ = try await client.logIn("", as: "controller-2")
        return (server, client)
    }

    private func batch(_ client: RPCClient, _ names: [String], remaining: UInt32 = 5_000) async throws -> JSONValue {
        let items = names.map { LeaseRequest.Item(Self.operation($0), remainingMilliseconds: remaining) }
        return try await client.call(
            facade: "RaftLease",
            version: 2,
            method: "ApplyBatch",
            params: ["operations": .string(Base64.encode(LeaseRequest(id: 9, items: items).hubBytes()))]
        )
    }

    private func response(_ answer: JSONValue) throws -> LeaseResponse {
        try LeaseResponse(hubBytes: try #require(Base64.decode(answer["response"]?.string ?? "")))
    }

    @Test("only a controller's certificate logs a controller in, under its own name")
    func logins() async throws {
        let (server, client) = try await self.peer(HeldOperations())
        let plain = try await server.client()
        for tag in ["controller-2", "controller-1"] {
            await #expect(throws: RPCFailure.self) { try await plain.logIn(server.agent.token, as: tag) }
        }
        _ = try await plain.logIn(server.agent.token, as: "machine-0")
        await #expect(throws: RPCFailure.self) { try await self.batch(plain, ["a"]) }
        let other = try await RPCClient.connect(
            host: "127.0.0.1",
            port: server.port,
            tls: server.agent.identities[1].peerTLS,
            group: MultiThreadedEventLoopGroup.singleton
        )
        await #expect(throws: RPCFailure.self) { try await other.logIn("", as: "controller-3") }
        for client in [client, plain, other] { await client.close() }
        try await server.end()
    }

    @Test("a batch's refusals are answered at once, and the rest when it is known; the load travels along")
    func early() async throws {
        let operations = HeldOperations { submission in
            if case .apply(let operation) = submission.request { return operation.command.key.name == "refused" }
            return false
        }
        let (server, client) = try await self.peer(operations)
        let first = try await self.batch(client, ["a", "refused", "b"])
        let refused = try self.response(first)
        let overloaded = SubmissionOutcome.never(Refusal(.overloaded, retryAfterMilliseconds: 40))
        #expect(refused.id == 9)
        #expect(refused.answers == [.init(slot: 1, outcome: overloaded)])
        #expect(refused.load == operations.load)
        let pending = try #require(first["pending"])
        async let rest = client.call(
            facade: "RaftLease",
            version: 2,
            method: "CollectBatch",
            params: ["id": pending]
        )
        for submission in operations.held { submission.reply(.applied(Self.granted, index: 5)) }
        let answers = try self.response(try await rest)
        #expect(answers.answers.map(\.slot) == [0, 2])
        // Everything was told: nothing is left to collect, or to keep.
        await #expect(throws: RPCFailure.self) {
            try await client.call(facade: "RaftLease", version: 2, method: "CollectBatch", params: ["id": pending])
        }
        #expect(server.agent.services.batches.count == 0)
        await client.close()
        try await server.end()
    }

    @Test("a batch whose answers come together is answered in one piece, without anything to collect")
    func whole() async throws {
        let operations = HeldOperations()
        let (server, client) = try await self.peer(operations)
        async let answer = self.batch(client, ["a", "b"])
        for submission in await operations.held(2) { submission.reply(.applied(Self.granted, index: 5)) }
        let whole = try await answer
        #expect(try self.response(whole).answers.count == 2 && whole["pending"] == nil)
        await client.close()
        try await server.end()
    }

    @Test("what is too late is not submitted, and a connection that goes leaves with what it asked for")
    func lateAndGone() async throws {
        let operations = HeldOperations()
        let (server, client) = try await self.peer(operations)
        let late = try self.response(try await self.batch(client, ["a"], remaining: 0))
        #expect(late.answers == [.init(slot: 0, outcome: .never(Refusal(.deadlineExceeded)))])
        #expect(operations.submitted == 0)
        let asking = Task { try await self.batch(client, ["a"]) }
        let held = await operations.held(1)
        await client.close()
        _ = await asking.result
        while held.first?.address.isGone != true { await Task.yield() }
        try await server.end()
    }

    @Test("who does not lead submits nothing and says who does; what is no batch is refused")
    func notLeader() async throws {
        let operations = HeldOperations()
        let raft = FakeProposals(
            status: RaftStatus(
                id: 1,
                role: .follower,
                term: 1,
                commitIndex: 0,
                appliedIndex: 0,
                leader: Leader(id: 3, address: "c:1"),
                isServing: false
            )
        )
        let (server, client) = try await self.peer(operations, raft: raft)
        let failure = await #expect(throws: RPCFailure.self) { try await self.batch(client, ["a"]) }
        #expect(failure.map { Refusal($0) } == Refusal(.notLeader, leader: Leader(id: 3, address: "c:1")))
        for operations in [.null, 5, "AAAA", "no base64"] as [JSONValue] {
            await #expect(throws: RPCFailure.self) {
                try await client.call(
                    facade: "RaftLease",
                    version: 2,
                    method: "ApplyBatch",
                    params: ["operations": operations]
                )
            }
        }
        let juju = try await client.call(
            facade: "RaftLease",
            version: 2,
            method: "ApplyLease",
            params: ["commands": .array([Self.juju("claim"), Self.juju("extend")])]
        )
        #expect(juju["results"]?.array?.map { $0["error"]?["code"]?.string } == ["not leader", "not leader"])
        #expect(operations.submitted == 0)
        await client.close()
        try await server.end()
    }

    private static func juju(_ operation: String) -> JSONValue {
        [
            "version": 1, "operation": .string(operation), "namespace": "application-leadership", "model-uuid": "m",
            "lease": "mysql", "holder": "mysql/0", "duration": 30_000_000_000,
            "old-time": "0001-01-01T00:00:00Z", "new-time": "0001-01-01T00:00:00Z",
        ]
    }

    @Test("Juju's commands are carried out one after the other, with Juju's errors")
    func juju() async throws {
        let operations = HeldOperations()
        let (server, client) = try await self.peer(operations)
        async let answer = client.call(
            facade: "RaftLease",
            version: 2,
            method: "ApplyLease",
            params: [
                "commands": .array([Self.juju("claim"), Self.juju("setTime"), Self.juju("extend"), Self.juju("revoke")])
            ]
        )
        let first = await operations.held(1)
        #expect(operations.submitted == 1)
        first[0].reply(.applied(Self.granted, index: 5))
        let second = await operations.held(2)
        second[1].reply(
            .applied(.held(by: Grant(holder: "b", token: FencingToken(1), remainingMilliseconds: 1)), index: 6)
        )
        let third = await operations.held(3)
        third[2].reply(.applied(.notHeld, index: 7))
        let results = try await answer["results"]?.array ?? []
        #expect(results.map { $0["error"]?["info"]?["type"]?.string } == [nil, nil, "lease-held", "lease-invalid"])
        #expect(results[0]["error"] == nil && results[1]["error"] != nil)
        await client.close()
        try await server.end()
    }

    @Test("the api transport logs in, carries batches, brings answers back, and answers all when the leader goes")
    func transport() async throws {
        let operations = HeldOperations()
        let server = try await RunningServer(TestAgent(raft: FakeProposals.leading(), operations: operations))
        let transport = APITransport(
            identity: server.agent.identities[1],
            raft: Deferred<any Proposals>.standalone().handle,
            group: MultiThreadedEventLoopGroup.singleton,
            clock: .system
        )
        let (signal, _, stop) = StopSignal.standalone()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let running = Task {
            try await transport.run(.standalone(manifold: "lease-transport", logger: logger, stop: signal))
        }
        let leader = Leader(id: 1, address: "127.0.0.1:\(server.port)")
        let (outcomes, told) = AsyncStream.makeStream(of: SubmissionOutcome.self)
        func submission(_ id: UInt64) -> Submission {
            Submission(
                request: .apply(Self.operation("a", id: id)),
                deadline: .sinceBoot() + .seconds(30)
            ) { told.yield($0) }
        }
        transport.carry([], to: leader)
        while !transport.isConnected { await Task.yield() }
        transport.carry([submission(1), submission(2)], to: leader)
        var next = outcomes.makeAsyncIterator()
        for submission in await operations.held(2) { submission.reply(.applied(Self.granted, index: 5)) }
        for _ in 0..<2 { #expect(await next.next() == .applied(Self.granted, index: 5)) }
        #expect(transport.load == operations.load)
        #expect(transport.statistics.requests == 1)
        transport.carry([submission(3)], to: leader)
        _ = await operations.held(3)
        try await server.end()
        #expect(await next.next() == .unknown(Refusal(.tryAgain)))
        while transport.isConnected { await Task.yield() }
        // The leader is down: what comes now is known never to have been there.
        transport.carry([submission(4)], to: leader)
        #expect(await next.next() == .never(Refusal(.tryAgain)))
        stop()
        try await running.value
    }
}
