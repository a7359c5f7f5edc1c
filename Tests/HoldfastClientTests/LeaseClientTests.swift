import NIOConcurrencyHelpers
import NIOPosix
import RPC
import Testing

@testable import HoldfastClient

@Suite("The client against controllers", .timeLimit(.minutes(1)))
struct LeaseClientTests {
    private func client(_ addresses: [String], token: String = "secret") throws -> LeaseClient {
        try LeaseClient(.test(addresses, token: token))
    }

    /// One controller over `leases`, a client for it, and an orderly end.
    private func with(
        _ leases: FakeLeases = FakeLeases(),
        _ body: (LeaseClient, FakeController, FakeLeases) async throws -> Void
    ) async throws {
        let controller = try await FakeController.start { request, _ in .success(leases.answer(request)) }
        let client = try self.client([controller.address])
        try await body(client, controller, leases)
        await client.close()
        await controller.stop()
    }

    @Test("a claim says on the wire what the protocol wants, and returns holder, token, time and safe instant")
    func claim() async throws {
        try await self.with { client, controller, _ in
            let operation = OperationID()
            let before = ContinuousClock.now
            let result = try await client.claim("db", holder: "a", for: .seconds(30), operation: operation)
            #expect(result.outcome == .applied)
            #expect(result.holder == "a")
            #expect(result.token == 1)
            #expect(result.expiresIn == .seconds(30))
            let safe = try #require(result.safeUntil)
            #expect(safe > before + .seconds(28) && safe < .now + .milliseconds(29_450))
            let request = try #require(controller.received.first)
            #expect(request.facade == "Lease" && request.version == 1 && request.method == "Claim")
            let item: JSONValue = [
                "lease": "db", "namespace": "lease", "holder": "a", "duration-ms": 30_000,
                "operation-id": .string(operation.text),
            ]
            #expect(request.params["leases"] == [item])
            #expect(request.params["timeout-ms"]?.int.map { (1...5_000).contains($0) } == true)
        }
    }

    @Test(
        "guarantee 2: only a grant with a token and time left has a safe instant, no later than the time left allows",
        arguments: [
            (["outcome": "applied", "expires-in-ms": 20_000], nil),
            (["outcome": "applied", "token": 4], nil),
            (["outcome": "applied", "token": 4, "expires-in-ms": 0], nil),
            (["outcome": "never", "reason": "revoking", "token": 4, "expires-in-ms": 20_000], nil),
            (["outcome": "applied", "token": 4, "expires-in-ms": 10_000], .milliseconds(9_650)),
            (["outcome": "applied", "token": 4, "expires-in-ms": 90_000], .milliseconds(29_450)),
        ] as [(JSONValue, Duration?)]
    )
    func safeUntil(result: JSONValue, span: Duration?) async throws {
        let controller = try await FakeController.start { _, _ in .success(["results": [result]]) }
        let client = try self.client([controller.address])
        let operation = OperationID()
        let answer = try await client.claim("db", holder: "a", for: .seconds(30), operation: operation)
        let created = try #require(operation.created)
        #expect(answer.safeUntil == span.map { created + $0 })
        await client.close()
        await controller.stop()
    }

    @Test("guarantee 3: until when an operation may be applied is chosen once, for every retry to any controller")
    func notAfter() async throws {
        let attempts = NIOLockedValueBox(0)
        let answer: @Sendable (RPCRequest, () -> Void) -> Result<JSONValue, RPCFailure>? = {
            request,
            close in
            if request.method == "Resolve" {
                return .success(["results": [["outcome": "unknown", "reason": "forgotten"]]])
            }
            let attempt = attempts.withLockedValue { attempts in
                attempts += 1
                return attempts
            }
            switch attempt {
            case 1:
                close()
                return nil
            case 2:
                return .success([
                    "results": [["outcome": "unknown", "reason": "try-again"]], "global-time-ms": 900_000,
                ])
            default:
                return .success(["results": [["outcome": "never", "reason": "expired"]], "global-time-ms": 900_000])
            }
        }
        let controllers = [
            try await FakeController.start(globalTime: 1_000_000, answer),
            try await FakeController.start(globalTime: 2_000_000, answer),
        ]
        let client = try self.client(controllers.map(\.address))
        let operation = OperationID()
        let result = try await client.claim(
            "db",
            holder: "a",
            for: .seconds(30),
            operation: operation,
            timeout: .seconds(20)
        )
        // An earlier try may have been applied and forgotten: never is not known.
        #expect(result.outcome == .unknown)
        func sent() -> [Int64?] {
            controllers.flatMap(\.received).filter { $0.method == "Claim" }.map {
                $0.params["leases"]?.array?.first?["not-after-ms"]?.int
            }
        }
        #expect(sent().count == 3)
        #expect(Set(sent()).count == 1)
        let chosen = try #require(sent().first ?? nil)
        let bounds: [ClosedRange<Int64>] = [1_025_000...1_060_000, 2_025_000...2_060_000]
        #expect(bounds.contains { $0.contains(chosen) })
        // Nor does a later call under the same id choose anew, but one under another id does.
        _ = try await client.claim("db", holder: "a", for: .seconds(30), operation: operation)
        #expect(Set(sent()) == [chosen])
        _ = try await client.claim("db", holder: "a", for: .seconds(30))
        #expect(sent().contains { ($0 ?? 0) < 1_000_000 && ($0 ?? 0) >= 910_000 })
        await client.close()
        for controller in controllers { await controller.stop() }
    }

    @Test("an estimate of the global time counts on, and is stale when nobody has told it for long")
    func globalTime() {
        let estimate = GlobalTimeEstimate()
        let start = ContinuousClock.now
        #expect(estimate.milliseconds(at: start) == nil && !estimate.isStale(at: start))
        estimate.told(500, at: start)
        #expect(estimate.milliseconds(at: start + .seconds(2)) == 2_500)
        #expect(!estimate.isStale(at: start + .seconds(30)))
        #expect(estimate.isStale(at: start + .milliseconds(30_001)))
        estimate.told(.max, at: start)
        #expect(estimate.milliseconds(at: start + .seconds(2)) == .max)
        #expect(OperationLimit().milliseconds(timeout: .seconds(5), estimate: estimate) == nil)
    }

    @Test("a held lease names its holder and has no safe instant")
    func held() async throws {
        try await self.with { client, _, leases in
            leases.put("db", "b")
            let result = try await client.claim("db", holder: "a", for: .seconds(30))
            #expect(result.outcome == .held)
            #expect(result.holder == "b")
            #expect(result.safeUntil == nil)
        }
    }

    @Test("in bulk one bad item does not spoil the others; alone it is an error")
    func badItem() async throws {
        try await self.with { client, _, _ in
            let results = try await client.claim([
                .init("x", holder: "a", for: .seconds(5)), .init("", holder: "a", for: .seconds(5)),
            ])
            #expect(results.map(\.outcome) == [.applied, .never])
            #expect(results[1].error == "the name is empty")
            await #expect {
                _ = try await client.claim("", holder: "a", for: .seconds(5))
            } throws: {
                ($0 as? LeaseClientError)?.code == .notValid
            }
        }
    }

    @Test("extend, revoke, check, wait and pin do as they say")
    func others() async throws {
        try await self.with { client, _, leases in
            #expect(try await client.extend("db", holder: "a", for: .seconds(5)).reason == "not-held")
            let claimed = try await client.claim("db", holder: "a", for: .seconds(5))
            #expect(try await client.extend("db", holder: "a", for: .seconds(5)).token == claimed.token)
            #expect(try await client.check("db").holder == "a")
            #expect(try await client.wait("db", timeout: .milliseconds(10)) == false)
            #expect(try await client.revoke("db", holder: "a").outcome == .applied)
            #expect(try await client.check("db").holder == nil)
            #expect(try await client.wait("db") == true)
            #expect(try await client.pin("db").outcome == .applied)
            #expect(leases.applied > 0)
        }
    }

    @Test("a claim whose controller is lost after doing it is told by another, and done once")
    func lostAnswer() async throws {
        let leases = FakeLeases()
        let isFirst = NIOLockedValueBox(true)
        let answer: @Sendable (RPCRequest, () -> Void) -> Result<JSONValue, RPCFailure>? = { request, close in
            let value = leases.answer(request)
            let mustClose = isFirst.withLockedValue { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            guard mustClose else { return .success(value) }
            close()
            return nil
        }
        let controllers = [try await FakeController.start(answer), try await FakeController.start(answer)]
        let client = try self.client(controllers.map(\.address))
        let result = try await client.claim("db", holder: "a", for: .seconds(30))
        #expect(result.outcome == .applied)
        #expect(leases.applied == 1)
        let requests = controllers.flatMap(\.received)
        #expect(requests.count == 2)
        #expect(Set(requests.compactMap { $0.params["leases"]?.array?.first?["operation-id"]?.string }).count == 1)
        // The second attempt went to the other controller.
        #expect(controllers.map(\.received.count) == [1, 1])
        await client.close()
        for controller in controllers { await controller.stop() }
    }

    @Test("what no leader can do yet is asked again until it is done")
    func election() async throws {
        let leases = FakeLeases()
        let attempts = NIOLockedValueBox(0)
        let controller = try await FakeController.start { request, _ in
            let attempt = attempts.withLockedValue { attempts in
                attempts += 1
                return attempts
            }
            switch attempt {
            case 1: return .failure(RPCFailure(code: "try again", message: "nobody leads"))
            case 2: return .success(["results": [["lease": "db", "outcome": "never", "reason": "try-again"]]])
            case 3: return .success(["results": [["lease": "db", "outcome": "unknown", "reason": "not-leader"]]])
            default: return .success(leases.answer(request))
            }
        }
        let client = try self.client([controller.address])
        #expect(try await client.claim("db", holder: "a", for: .seconds(30)).outcome == .applied)
        #expect(leases.applied == 1)
        await client.close()
        await controller.stop()
    }

    @Test("a refusal for load is not asked again, and says when to come back")
    func refused() async throws {
        let controller = try await FakeController.start { _, _ in
            .success([
                "results": [["lease": "db", "outcome": "refused", "reason": "overloaded", "retry-after-ms": 700]]
            ])
        }
        let client = try self.client([controller.address])
        let result = try await client.claim("db", holder: "a", for: .seconds(30))
        #expect(result.outcome == .refused)
        #expect(result.retryAfter == .milliseconds(700))
        #expect(controller.received.count == 1)
        await client.close()
        await controller.stop()
    }

    @Test("when nobody can tell what became of a claim, the outcome is unknown")
    func unknown() async throws {
        let controller = try await FakeController.start { _, close in
            close()
            return nil
        }
        let client = try self.client([controller.address])
        let result = try await client.claim("db", holder: "a", for: .seconds(30), timeout: .milliseconds(400))
        #expect(result.outcome == .unknown)
        #expect(result.safeUntil == nil)
        await client.close()
        await controller.stop()
    }

    @Test("without any controller a claim fails, and nothing can have been done")
    func unreachable() async throws {
        // Bound and never listening: refused, and nobody else can get the port meanwhile.
        let socket = try #require(BoundSocket())
        let client = try self.client(["127.0.0.1:\(socket.port)"])
        await #expect {
            _ = try await client.claim("db", holder: "a", for: .seconds(30), timeout: .milliseconds(300))
        } throws: {
            ($0 as? LeaseClientError)?.code == .unreachable
        }
        withExtendedLifetime(socket) {}
    }

    @Test("a dead controller in the configuration does not keep the client from the living one")
    func failover() async throws {
        let leases = FakeLeases()
        let dead = try await FakeController.start { _, _ in nil }
        let living = try await FakeController.start { request, _ in .success(leases.answer(request)) }
        let addresses = [dead.address, living.address]
        await dead.stop()
        for _ in 0..<4 {
            let client = try self.client(addresses)
            #expect(try await client.connection().address == living.address)
            await client.close()
        }
        await living.stop()
    }

    @Test("a wrong token is said at once, and not tried again")
    func unauthorized() async throws {
        try await self.with { _, controller, _ in
            let client = try self.client([controller.address], token: "wrong")
            await #expect {
                _ = try await client.claim("db", holder: "a", for: .seconds(30), timeout: .seconds(50))
            } throws: {
                ($0 as? LeaseClientError)?.code == .unauthorized
            }
        }
    }

    @Test("a cancelled claim ends as cancelled")
    func cancelled() async throws {
        let (arrived, continuation) = AsyncStream.makeStream(of: Void.self)
        let controller = try await FakeController.start { _, _ in
            continuation.yield()
            return nil
        }
        let client = try self.client([controller.address])
        let claim = Task { try await client.claim("db", holder: "a", for: .seconds(30), timeout: .seconds(50)) }
        for await _ in arrived { break }
        claim.cancel()
        await #expect(throws: CancellationError.self) { try await claim.value }
        await client.close()
        await controller.stop()
    }

    @Test("each controller is asked for its own status, and the dead one is shown as that")
    func statuses() async throws {
        func start(_ id: Int64, _ role: String) async throws -> FakeController {
            try await FakeController.start { _, _ in
                .success([
                    "id": .int(id), "role": .string(role), "term": 7, "commit-index": 12, "applied-index": 11,
                    "leader": ["id": 1, "address": "127.0.0.1:1"], "cluster-id": "c", "version": "0.1.0",
                ])
            }
        }
        let controllers = [
            try await start(1, "leader"), try await start(2, "follower"), try await start(3, "follower"),
        ]
        await controllers[2].stop()
        let client = try self.client(controllers.map(\.address))
        let statuses = await client.controllerStatuses()
        #expect(statuses.map(\.isReachable) == [true, true, false])
        #expect(statuses.map(\.role) == ["leader", "follower", "unknown"])
        #expect(statuses.map(\.id) == [1, 2, nil])
        #expect(statuses[0].commitIndex == 12 && statuses[0].leaderID == 1)
        #expect(statuses[2].problem?.contains("nobody listens") == true)
        let leader = try await client.leader()
        #expect(leader.address == controllers[0].address)
        await leader.close()
        let second = try await client.controller("2")
        #expect(second.address == controllers[1].address)
        await second.close()
        await #expect(throws: LeaseClientError.self) { try await client.controller("9") }
        await client.close()
        for controller in controllers { await controller.stop() }
    }

    @Test("a list is read page by page")
    func list() async throws {
        let controller = try await FakeController.start { request, _ in
            let isFirst = request.params["after"] == nil
            let lease: JSONValue = [
                "namespace": "n", "model": "m-1", "lease": isFirst ? "a" : "b", "holder": "h", "token": 5,
                "expires-in-ms": 1_500, "pinned": true,
            ]
            return .success(["leases": [lease], "more": .bool(isFirst)])
        }
        let client = try self.client([controller.address])
        let first = try await client.list(.init(namespace: "n", prefix: "", limit: 1))
        #expect(first.more)
        #expect(first.leases.map(\.lease) == [Lease("a", namespace: "n", model: "m-1")])
        #expect(first.leases[0].isPinned && first.leases[0].expiresIn == .milliseconds(1_500))
        let second = try await client.list(.init(namespace: "n", limit: 1, after: first.leases[0].lease))
        #expect(!second.more)
        let after: JSONValue = ["lease": "a", "namespace": "n", "model": "m-1"]
        #expect(controller.received.last?.params["after"] == after)
        await client.close()
        await controller.stop()
    }
}
