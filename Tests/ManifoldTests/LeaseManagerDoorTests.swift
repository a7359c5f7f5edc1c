import AgentResources
import Leases
import Testing

@testable import LeaseManagerManifold

@Suite(.timeLimit(.minutes(1))) struct LeaseManagerDoorTests {
    /// A manager on a follower that sees `db` held by `a` for 30 s.
    private func withHeldLease() async -> ManagerUnderTest {
        let test = await ManagerUnderTest(leader: 2)
        test.raft.apply([operation(claim("db"), id: 9)], clock: 10_000)
        return test
    }

    private func isHeld(_ outcome: SubmissionOutcome?, by holder: String, for milliseconds: UInt64) -> Bool {
        guard case .applied(.held(let grant), _) = outcome else { return false }
        return grant.holder == holder && grant.remainingMilliseconds == milliseconds
    }

    @Test("a claim on a lease that another holds is answered here, the rest of the call is sent")
    func held() async throws {
        let test = await self.withHeldLease()
        let answers = test.performing(claim("db", by: "b"), claim("free", by: "b"))
        #expect(test.transport.carried.map(\.submission.operation?.command) == [claim("free", by: "b")])
        test.transport.carried[0].submission.reply(.applied(granted, index: 8))
        #expect(self.isHeld(answers.all.first, by: "a", for: 30_000))
        #expect(answers.all.last == .applied(granted, index: 8))
        #expect(test.manager.statistics.heldLocally == 1)
        #expect(test.manager.statistics[.claim, .held] == 1 && test.manager.statistics[.claim, .applied] == 1)
        try await test.stop()
    }

    @Test("the holder's own claim, anything that is not a claim, and a lease whose time is over go to the log")
    func notHere() async throws {
        let test = await self.withHeldLease()
        test.performing(claim("db"), id: 1)
        test.performing(extend("db", by: "b"), id: 2)
        test.performing(.revoke(key("db"), holder: "b", force: false), id: 3)
        #expect(test.transport.count == 3)
        test.raft.apply([operation(.pin(key("db"), entity: "e"), id: 8)], clock: 60_000)
        test.performing(claim("db", by: "b"), id: 4)
        #expect(test.transport.count == 4)
        try await test.stop()
    }

    @Test("a claim on a lease that an operator is revoking goes to the log")
    func revoking() async throws {
        let test = await self.withHeldLease()
        test.raft.apply([operation(.revoke(key("db"), holder: nil, force: false), id: 8)])
        test.performing(claim("db", by: "b"))
        #expect(test.transport.count == 1)
        try await test.stop()
    }

    @Test("guarantee 3: a claim that may have been applied before is answered by the log, never by another's lease")
    func retried() async throws {
        let test = await self.withHeldLease()
        // Its notAfter came with it: somebody has sent it before.
        test.performing(claim("db", by: "b"), id: 1, notAfter: 50_000)
        #expect(test.transport.count == 1)
        // Remembered here: it was applied, and the lease went to another since.
        test.raft.apply([
            operation(claim("other", by: "b"), id: 2),
            operation(.revoke(key("other"), holder: "b", force: false), id: 7),
            operation(claim("other", by: "c"), id: 8),
        ])
        test.performing(claim("other", by: "b"), id: 2)
        #expect(test.transport.count == 2)
        // A first try that got no answer.
        let answers = test.performing(claim("new", by: "b"), id: 3)
        test.raft.apply([operation(claim("new", by: "c"), id: 10)])
        test.transport.carried[2].submission.reply(.unknown(Refusal(.tryAgain)))
        await test.pass(.milliseconds(50))
        #expect(test.transport.count == 4 && answers.count == 0)
        try await test.stop()
    }

    @Test("a partitioned controller, which knows no leader, answers no claim from its replica")
    func noLeader() async throws {
        let test = await self.withHeldLease()
        test.raft.lead(by: nil, term: 2)
        let answers = test.performing(claim("db", by: "b"))
        #expect(answers.count == 0)
        try await test.stop()
    }

    @Test(
        "guarantee 5: at the door claims are refused first and singular ones never, spread in time, a few let through"
    )
    func claims() async throws {
        let test = await ManagerUnderTest(leader: 1)
        test.operations.set(OperationLoad(claimRetryAfterMilliseconds: 1_000))
        var waits: Set<UInt64> = []
        var refused = 0
        for number in 0..<640 as Range<UInt64> {
            let answers = test.performing(claim("lease-\(number)"), id: number)
            guard case .never(let refusal) = answers.all.first else { continue }
            #expect(refusal.reason == .overloaded)
            refused += 1
            waits.insert(refusal.retryAfterMilliseconds ?? 0)
        }
        #expect((600..<640).contains(refused) && test.operations.count == 640 - refused)
        #expect(waits.allSatisfy { (1_000..<2_000).contains($0) } && waits.count > 100)
        #expect(test.manager.statistics.refusedAtDoor == UInt64(refused))
        let passed = test.operations.count
        for number in 0..<64 as Range<UInt64> {
            test.performing(extend("lease-\(number)"), id: 1_000 + number)
            test.performing(
                .claim(key("m", namespace: LeaseNamespace.singularController), holder: "c", milliseconds: 30_000),
                id: 2_000 + number
            )
        }
        #expect(test.operations.count == passed + 128)
        try await test.stop()
    }

    @Test("guarantee 5: of the extensions always the same leases' are refused, at once, to come back within the lease")
    func extensions() async throws {
        let test = await ManagerUnderTest(leader: 1)
        test.operations.set(OperationLoad(claimRetryAfterMilliseconds: 64_000, extendLevel: 64))
        test.raft.apply([operation(claim("lease-1", for: 2_000), id: 9)], clock: 10_000)
        var refusals = 0
        for number in 0..<256 as Range<UInt64> {
            let answers = test.performing(extend("lease-\(number)"), id: number)
            guard case .never(let refusal) = answers.all.first else { continue }
            refusals += 1
            #expect(refusal.reason == .overloaded)
            #expect((1..<1_000).contains(refusal.retryAfterMilliseconds ?? 0))
            // A quarter of what is left of it.
            if number == 1 { #expect(refusal.retryAfterMilliseconds == 500) }
        }
        let sent = Set(test.operations.submissions.compactMap(\.operation?.command.key))
        let below = (0..<256).filter { key("lease-\($0)").sacrificeLevel < 64 }
        #expect(below.allSatisfy { sent.contains(key("lease-\($0)")) })
        #expect(sent.count < below.count + 12 && below.count < 180)
        #expect(refusals == 256 - sent.count && test.manager.open.count == sent.count)
        try await test.stop()
    }

    @Test("what a leader elsewhere said counts, as long as the transport tells it")
    func elsewhere() async throws {
        let test = await ManagerUnderTest(leader: 2)
        test.transport.set(OperationLoad(claimRetryAfterMilliseconds: 1_000))
        for number in 0..<64 as Range<UInt64> { test.performing(claim("b"), id: number) }
        #expect(test.transport.count < 10)
        let count = test.transport.count
        test.transport.set(OperationLoad())
        for number in 0..<64 as Range<UInt64> { test.performing(claim("b"), id: 200 + number) }
        #expect(test.transport.count == count + 64)
        try await test.stop()
    }
}
