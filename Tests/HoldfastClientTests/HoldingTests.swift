import NIOConcurrencyHelpers
import RPC
import Testing

@testable import HoldfastClient

@Suite("Holding a lease", .timeLimit(.minutes(1)))
struct HoldingTests {
    /// Renewals come at once, everything else has all the time a busy machine may need.
    private static let quick = HoldingTerms(duration: .seconds(60), renewAfter: .milliseconds(30))
    /// There are two seconds to renew, and much to end in.
    private static let hurried = HoldingTerms(
        duration: .seconds(60),
        grace: .seconds(57),
        renewAfter: .milliseconds(30)
    )

    private func with(
        _ leases: FakeLeases,
        refusing: @escaping @Sendable (RPCRequest) -> Bool = { _ in false },
        _ body: (LeaseClient, FakeController) async throws -> Void
    ) async throws {
        let controller = try await FakeController.start { request, _ in
            if refusing(request) {
                return .success(["results": [["outcome": "refused", "reason": "overloaded", "retry-after-ms": 10]]])
            }
            return .success(leases.answer(request))
        }
        let client = try LeaseClient(.test([controller.address]))
        try await body(client, controller)
        await client.close()
        await controller.stop()
    }

    @Test("the body runs with the token, and the lease is given up afterwards, also when it throws")
    func runs() async throws {
        struct Failure: Error {}
        let leases = FakeLeases()
        try await self.with(leases) { client, controller in
            let token = try await client.withLease("db", holder: "a") { held in
                #expect(held.isSafe)
                #expect(leases.holder(of: "db") == "a")
                return held.token
            }
            #expect(token == 1)
            #expect(leases.holder(of: "db") == nil)
            await #expect(throws: Failure.self) {
                try await client.withLease("db", holder: "a") { _ in throw Failure() }
            }
            #expect(leases.holder(of: "db") == nil)
            #expect(controller.received.map(\.method) == ["Claim", "Revoke", "Claim", "Revoke"])
        }
    }

    @Test("the lease is renewed for as long as the body runs, and its safe instant moves on")
    func renews() async throws {
        let (extensions, continuation) = AsyncStream.makeStream(of: Void.self)
        let leases = FakeLeases()
        let observe: @Sendable (RPCRequest) -> Bool = { request in
            if request.method == "Extend" { continuation.yield() }
            return false
        }
        try await self.with(leases, refusing: observe) { client, _ in
            try await client.withLease("db", holder: "a", terms: Self.quick, waiting: nil) { held in
                let first = held.safeUntil
                var iterator = extensions.makeAsyncIterator()
                // The second extension is asked for once the first has moved the instant.
                _ = await iterator.next()
                _ = await iterator.next()
                #expect(held.safeUntil > first)
                #expect(held.isSafe)
            }
        }
    }

    @Test("a body is cancelled at once when somebody else holds the lease")
    func lost() async throws {
        let leases = FakeLeases()
        try await self.with(leases) { client, _ in
            let seen = NIOLockedValueBox(false)
            await #expect {
                try await client.withLease("db", holder: "a", terms: Self.quick, waiting: nil) { held in
                    leases.put("db", "b")
                    try? await Task.sleep(for: .seconds(3_600), clock: .continuous)
                    seen.withLockedValue { $0 = !held.isSafe }
                }
            } throws: {
                let error = $0 as? LeaseClientError
                return error?.code == .leaseLost && error?.message.contains("b holds it now") == true
            }
            #expect(seen.withLockedValue { $0 })
            // What is another's is not given up.
            #expect(leases.holder(of: "db") == "b")
        }
    }

    @Test("a body is cancelled its grace before the safe instant when the lease cannot be renewed")
    func notRenewed() async throws {
        let leases = FakeLeases()
        try await self.with(leases, refusing: { $0.method == "Extend" }) { client, _ in
            let left = NIOLockedValueBox<Duration?>(nil)
            await #expect {
                try await client.withLease("db", holder: "a", terms: Self.hurried, waiting: nil) { held in
                    try? await Task.sleep(for: .seconds(3_600), clock: .continuous)
                    let rest = held.safeUntil - .now
                    left.withLockedValue { $0 = rest }
                }
            } throws: {
                ($0 as? LeaseClientError)?.code == .leaseLost
            }
            let rest = try #require(left.withLockedValue { $0 })
            #expect(rest > .zero && rest <= .seconds(57))
        }
    }

    @Test("guarantee 2: while an operator's revoke waits, the lease is held on to until its safe instant")
    func revoking() async throws {
        let leases = FakeLeases()
        let (extensions, continuation) = AsyncStream.makeStream(of: Void.self)
        let controller = try await FakeController.start { request, _ in
            guard request.method == "Extend" else { return .success(leases.answer(request)) }
            continuation.yield()
            return .success([
                "results": [
                    ["lease": "db", "outcome": "never", "reason": "revoking", "expires-in-ms": 59_000]
                ]
            ])
        }
        let client = try LeaseClient(.test([controller.address]))
        try await client.withLease("db", holder: "a", terms: Self.quick, waiting: nil) { held in
            let first = held.safeUntil
            var iterator = extensions.makeAsyncIterator()
            for _ in 0..<2 { _ = await iterator.next() }
            #expect(held.isSafe && held.safeUntil == first)
        }
        await client.close()
        await controller.stop()
    }

    @Test("a held lease is waited for, or not, as asked")
    func waiting() async throws {
        let leases = FakeLeases()
        leases.put("db", "b")
        let release: @Sendable (RPCRequest) -> Bool = { request in
            if request.method == "Wait" { leases.put("db", nil) }
            return false
        }
        try await self.with(leases, refusing: release) { client, controller in
            await #expect {
                try await client.withLease("db", holder: "a", waiting: .zero) { _ in }
            } throws: {
                let error = $0 as? LeaseClientError
                return error?.code == .leaseHeld && error?.message.contains("held by b") == true
            }
            let holder = try await client.withLease("db", holder: "a") { _ in leases.holder(of: "db") }
            #expect(holder == "a")
            #expect(controller.received.map(\.method) == ["Claim", "Claim", "Wait", "Claim", "Revoke"])
        }
    }

    @Test(
        "guarantee 2: a renewal is tried again before the lease is over, however long the controllers would have it wait"
    )
    func retryInTime() {
        let terms = HoldingTerms(duration: .seconds(30), grace: .seconds(2))
        let now = ContinuousClock.now
        func retry(_ retryAfter: Duration?, left: Duration) -> Duration {
            terms.retry(at: now, pause: .milliseconds(100), retryAfter: retryAfter, safeUntil: now + left) - now
        }
        #expect(retry(.seconds(1), left: .seconds(10)) == .seconds(1))
        #expect(retry(nil, left: .seconds(10)) == .milliseconds(100))
        #expect(retry(.seconds(60), left: .seconds(10)) == .milliseconds(7_500))
        #expect(retry(.seconds(60), left: .seconds(1)) == .milliseconds(100))
    }

    @Test("when the caller is cancelled, so is the body, and the lease is given up")
    func cancelled() async throws {
        let leases = FakeLeases()
        try await self.with(leases) { client, _ in
            let (started, continuation) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                try await client.withLease("db", holder: "a") { _ in
                    continuation.yield()
                    try await Task.sleep(for: .seconds(3_600), clock: .continuous)
                }
            }
            for await _ in started { break }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(leases.holder(of: "db") == nil)
        }
    }
}
