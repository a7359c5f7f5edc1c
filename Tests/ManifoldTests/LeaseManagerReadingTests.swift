import AgentResources
import Leases
import NIOConcurrencyHelpers
import Testing

@testable import LeaseManagerManifold

@Suite(.timeLimit(.minutes(1))) struct LeaseManagerReadingTests {
    @Test("a check asks the leader for an index and reads here once that is applied")
    func check() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let call = Task { try await test.manager.check([key("db"), key("other")], timeout: .seconds(5)) }
        let request = try await test.request()
        #expect(request.target == 2 && request.request.items.map(\.operation) == [nil])
        test.answer(request.request, from: 2, .applied(nil, index: 2))
        test.raft.apply(clock: 10_000)
        test.raft.apply([operation(claim("db"))])
        let records = try await call.value
        #expect(records.map { $0?.grant.holder } == ["a", nil])
        #expect(records[0]?.key == key("db") && records[0]?.isPinned == false)
        try await test.stop()
    }

    @Test("a check is answered even though Raft is restarted before it can be read")
    func restart() async throws {
        let test = await ManagerUnderTest(leader: 1)
        let call = Task { try await test.manager.check([key("db")], timeout: .seconds(5)) }
        let barrier = await test.operations.submission(0)
        test.raft.stop()
        test.setRaft(nil)
        barrier.reply(.applied(nil, index: 1))
        let next = FakeRaft(id: 1, leader: 2)
        next.apply([operation(claim("db", by: "b"))])
        test.setRaft(next)
        #expect(try await call.value[0]?.grant.holder == "b")
        try await test.stop()
    }

    @Test("a check without a leader says try again at its deadline")
    func noLeader() async throws {
        let test = await ManagerUnderTest(leader: nil)
        let call = Task { try await test.manager.check([key("db")], timeout: .seconds(5)) }
        await test.pass(.seconds(5))
        await #expect(throws: LeaseServiceError(Refusal(.tryAgain))) { try await call.value }
        try await test.stop()
    }

    @Test("a list is what the replica has, in key order, from where it is asked")
    func list() async throws {
        let test = await ManagerUnderTest(leader: 1)
        test.raft.apply(["c", "a", "b", "x"].enumerated().map { operation(claim($0.element), id: UInt64($0.offset)) })
        let query = LeaseQuery(namespace: "lease", model: nil, after: key("a"), limit: 2)
        let call = Task { try await test.manager.list(query, timeout: .seconds(5)) }
        await test.operations.submission(0).reply(.applied(nil, index: 1))
        #expect(try await call.value.map(\.key.name) == ["b", "c"])
        // Raft's thread gave a copy away and listed nothing.
        #expect(test.raft.lastRead is LeaseState.Type)
        try await test.stop()
    }
}

@Suite(.timeLimit(.minutes(1))) struct LeaseManagerWaitingTests {
    /// A manager on a follower that sees `db` held for 30 s.
    private func withHeldLease() async -> ManagerUnderTest {
        let test = await ManagerUnderTest(leader: 2)
        test.raft.apply([operation(claim("db"))], clock: 10_000)
        return test
    }

    private func wait(
        _ test: ManagerUnderTest,
        timeout: Duration? = nil
    ) async -> Task<Bool, any Error> {
        let reads = test.raft.reads
        let waiting = Task { try await test.manager.waitUntilFree(key("db"), timeout: timeout) }
        // Registered, and looked up once.
        await eventually { test.manager.waiters.count == 1 && test.raft.reads > reads }
        return waiting
    }

    @Test("a waiter is woken when the lease expires")
    func expiry() async throws {
        let test = await self.withHeldLease()
        let waiting = await self.wait(test)
        test.raft.apply(clock: 40_001)
        #expect(try await waiting.value)
        #expect(test.manager.waiters.count == 0)
        try await test.stop()
    }

    @Test("a waiter is woken when the lease is revoked")
    func revoke() async throws {
        let test = await self.withHeldLease()
        let waiting = await self.wait(test)
        test.raft.apply([operation(.revoke(key("db"), holder: "a", force: false), id: 2)])
        #expect(try await waiting.value)
        try await test.stop()
    }

    @Test("other leases' ends, and an end whose lease is held again, wake nobody")
    func notWoken() async throws {
        let test = await self.withHeldLease()
        let waiting = await self.wait(test, timeout: .seconds(60))
        test.raft.apply([operation(claim("other", for: 2_000), id: 2)])
        test.raft.apply(clock: 20_000)
        test.raft.apply(
            [
                operation(.revoke(key("db"), holder: "a", force: false), id: 3),
                operation(claim("db", by: "b"), id: 4),
            ])
        await eventually { test.raft.reads >= 2 }
        #expect(test.manager.waiters.count == 1)
        await test.pass(.seconds(60))
        #expect(try await !waiting.value)
        try await test.stop()
    }

    @Test("no wake-up is lost: a lease that ends between registering and looking is seen")
    func lostWakeUp() async throws {
        let test = await self.withHeldLease()
        // Freed without its event ever being told here: only the look can see it, and the leader confirms.
        test.raft.apply(clock: 40_001, tells: false)
        let waiting = Task { try await test.manager.waitUntilFree(key("db"), timeout: nil) }
        let request = try await test.request().request
        #expect(request.items.map(\.operation) == [nil])
        test.answer(request, from: 2, .applied(nil, index: 2))
        #expect(try await waiting.value)
        try await test.stop()
    }

    @Test("a lagging replica that calls the lease free does not end the wait; the leader decides")
    func lagging() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let waiting = Task { try await test.manager.waitUntilFree(key("db"), timeout: .seconds(60)) }
        let request = try await test.request().request
        test.answer(request, from: 2, .applied(nil, index: 1))
        test.raft.apply([operation(claim("db"))], clock: 10_000)
        // Looked at once more after that, and held.
        await eventually { test.raft.reads >= 2 }
        #expect(test.manager.waiters.count == 1)
        test.raft.apply(clock: 40_001)
        #expect(try await waiting.value)
        try await test.stop()
    }

    @Test("a look-up that fails is repeated until it is answered")
    func failedLookUp() async throws {
        let test = await self.withHeldLease()
        test.setRaft(nil)
        let waiting = Task { try await test.manager.waitUntilFree(key("db"), timeout: nil) }
        await eventually { test.manager.waiters.count == 1 }
        // Freed without its event ever being told here: only another look can see it.
        test.raft.apply(clock: 40_001, tells: false)
        test.setRaft(test.raft)
        await eventually {
            test.clock.advance(by: .milliseconds(10))
            // The first look after Raft came may be late and see it too.
            return test.unread > 0 || test.manager.waiters.count == 0
        }
        if test.unread > 0 {
            test.answer(try await test.request().request, from: 2, .applied(nil, index: 2))
        }
        #expect(try await waiting.value)
        try await test.stop()
    }

    @Test("guarantee 6: after a gap in the events everybody is looked up again")
    func gap() async throws {
        let test = await self.withHeldLease()
        let waiting = await self.wait(test)
        test.raft.apply(clock: 40_001, tells: false)
        test.raft.tellGap()
        #expect(try await waiting.value)
        try await test.stop()
    }

    @Test("after a change of role everybody is looked up again")
    func roleChange() async throws {
        let test = await self.withHeldLease()
        let waiting = await self.wait(test)
        test.raft.apply(clock: 40_001, tells: false)
        test.raft.lead(by: 3, term: 2)
        #expect(try await waiting.value)
        try await test.stop()
    }

    @Test("when Raft is restarted everybody is looked up again")
    func raftRestart() async throws {
        let test = await self.withHeldLease()
        let waiting = await self.wait(test)
        test.setRaft(nil)
        test.raft.stop()
        let next = FakeRaft(id: 1, leader: 2)
        test.setRaft(next)
        #expect(try await waiting.value)
        try await test.stop()
    }

    @Test("a wait ends at its timeout with false")
    func timeout() async throws {
        let test = await self.withHeldLease()
        let waiting = await self.wait(test, timeout: .seconds(3))
        await test.pass(.seconds(3))
        #expect(try await !waiting.value)
        #expect(test.manager.waiters.count == 0)
        try await test.stop()
    }

    @Test("a cancelled waiter is removed at once, and others stay")
    func cancelled() async throws {
        let test = await self.withHeldLease()
        let first = await self.wait(test)
        let second = Task { try await test.manager.waitUntilFree(key("db"), timeout: nil) }
        await eventually { test.manager.waiters.count == 2 }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(test.manager.waiters.count == 1)
        test.raft.apply(clock: 40_001)
        #expect(try await second.value)
        try await test.stop()
    }
}
