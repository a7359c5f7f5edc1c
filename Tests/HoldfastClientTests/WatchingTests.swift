import NIOConcurrencyHelpers
import RPC
import Testing

@testable import HoldfastClient

@Suite struct WatchingTests {
    private struct Enough: Error {}

    private static func change(_ lease: String, _ token: Int64) -> JSONValue {
        [
            "kind": "claimed", "lease": .string(lease), "namespace": "lease", "holder": "a", "token": .int(token),
            "cursor": "1.1",
        ]
    }

    @Test("a watch goes on from where the last answer ended, over failures, and tells gaps")
    func watch() async throws {
        let asked = NIOLockedValueBox<[String?]>([])
        let waits = NIOLockedValueBox<[Int64?]>([])
        let controller = try await FakeController.start { request, _ in
            waits.withLockedValue { $0.append(request.params["timeout-ms"]?.int) }
            let count = asked.withLockedValue { asked in
                asked.append(request.params["after"]?.string)
                return asked.count
            }
            switch count {
            case 1: return .success(["changes": [], "cursor": "1.0", "gap": false])
            case 2: return .failure(RPCFailure(code: "try again", message: "try again"))
            case 3:
                return .success(["changes": [Self.change("a", 1), Self.change("b", 2)], "cursor": "2.2", "gap": false])
            default: return .success(["changes": [], "cursor": "9.0", "gap": true])
            }
        }
        let client = try LeaseClient(.test([controller.address]))
        var seen: [LeaseChanges] = []
        await #expect(throws: Enough.self) {
            try await client.watch { answer in
                seen.append(answer)
                if answer.hasGap { throw Enough() }
            }
        }
        #expect(asked.withLockedValue { $0 } == [nil, "1.0", "1.0", "2.2"])
        #expect(waits.withLockedValue { $0 } == [1, 30_000, 30_000, 30_000])
        #expect(seen.map { $0.changes.map(\.lease.name) } == [["a", "b"], []])
        #expect(seen.map(\.hasGap) == [false, true])
        #expect(seen.first?.changes.first?.token == 1)
        await client.close()
        await controller.stop()
    }

    @Test("guarantee 3: what became of an unknown operation is asked while there is time, and is told")
    func resolves() async throws {
        let methods = NIOLockedValueBox<[String]>([])
        let controller = try await FakeController.start(globalTime: 1_000) { request, _ in
            methods.withLockedValue { $0.append(request.method) }
            guard request.method == "Resolve" else {
                return .success(["results": [["lease": "db", "outcome": "unknown", "reason": "expired"]]])
            }
            let item = request.params["leases"]?.array?.first
            guard item?["operation-id"] != nil, item?["not-after-ms"]?.int ?? 0 > 1_000 else {
                return .failure(RPCFailure(code: "not valid", message: "no question"))
            }
            return .success(["results": [["lease": "db", "outcome": "never", "reason": "not-applied"]]])
        }
        let client = try LeaseClient(.test([controller.address]))
        let result = try await client.claim("db", holder: "a", for: .seconds(30), timeout: .seconds(20))
        #expect(result.outcome == .never)
        #expect(result.reason == "not-applied")
        #expect(methods.withLockedValue { $0 } == ["Claim", "Resolve"])
        await client.close()
        await controller.stop()
    }

    @Test("guarantee 2: an extension that met a waiting revoke is no grant, also when that is learnt by asking")
    func resolvedRevoke() async throws {
        let controller = try await FakeController.start(globalTime: 1_000) { request, _ in
            request.method == "Resolve"
                ? .success([
                    "results": [["lease": "db", "outcome": "applied", "reason": "revoking", "expires-in-ms": 5]]
                ])
                : .success(["results": [["lease": "db", "outcome": "unknown", "reason": "expired"]]])
        }
        let client = try LeaseClient(.test([controller.address]))
        let result = try await client.extend("db", holder: "a", for: .seconds(30), timeout: .seconds(20))
        #expect(result.outcome == .never)
        #expect(result.safeUntil == nil)
        await client.close()
        await controller.stop()
    }

    @Test("retries are one for ten calls and one a second, with a few saved up")
    func budget() {
        let budget = RetryBudget()
        let start = ContinuousClock.now
        let first = (0..<30).count { _ in budget.spend(now: start) }
        #expect(first == 20)
        for _ in 0..<11 { budget.called() }
        #expect(budget.spend(now: start))
        #expect(!budget.spend(now: start))
        #expect(budget.spend(now: start + .seconds(1)))
        #expect(!budget.spend(now: start + .seconds(1)))
    }

    @Test("a grant stretched under load is safe for longer, and renewed when the controllers wish, but in time")
    func stretched() throws {
        let operation = OperationID()
        let created = try #require(operation.created)
        var result = LeaseResult("db", .applied, operation: operation)
        result.token = 1
        result.expiresIn = .seconds(20)
        #expect(SafeInstant.of(result, requested: .seconds(10)) == created + .milliseconds(9_650))
        result.nextRenewal = .seconds(10)
        let safe = try #require(SafeInstant.of(result, requested: .seconds(10)))
        #expect(safe == created + .milliseconds(19_550))
        let terms = HoldingTerms(duration: .seconds(10))
        #expect(terms.renewal(ofGrantSafeUntil: safe) == safe - .milliseconds(9_650) + .seconds(5))
        // Twice as late as usual.
        let wished = created + .seconds(10)
        #expect(terms.renewal(ofGrantSafeUntil: safe, wished: wished) == wished)
        let late = terms.renewal(ofGrantSafeUntil: safe, wished: created + .seconds(60))
        #expect(late == terms.renewal(ofGrantSafeUntil: safe))
    }
}
