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
        let item = await test.transport.item(0)
        #expect(item.leader.id == 2 && item.submission.operation == nil)
        item.submission.reply(.applied(nil, index: 2))
        test.raft.apply(clock: 10_000)
        test.raft.apply([operation(claim("db"))])
        let records = try await call.value
        #expect(records.map { $0?.grant.holder } == ["a", nil])
        #expect(records[0]?.key == key("db") && records[0]?.isPinned == false)
        try await test.stop()
    }

    @Test("one question to the leader serves all who came before it left; who comes later waits for the next")
    func coalesced() async throws {
        let test = await ManagerUnderTest(leader: 1)
        let answered = Counter()
        let deadline = test.clock.now + .seconds(5)
        for _ in 0..<3 { test.manager.whenCurrent(deadline: deadline) { _ in answered.add() } }
        // The first left at once, alone; the others came after it.
        #expect(test.operations.count == 1)
        test.operations.submissions[0].reply(.applied(nil, index: 0))
        #expect(answered.value == 1 && test.operations.count == 2)
        test.operations.submissions[1].reply(.applied(nil, index: 0))
        #expect(answered.value == 3 && test.operations.count == 2)
        #expect(test.manager.statistics.barriers == 2 && test.manager.statistics.barrierReads == 3)
        try await test.stop()
    }

    @Test("a check is answered even though Raft is restarted before it can be read")
    func restart() async throws {
        let test = await ManagerUnderTest(leader: 1)
        let call = Task { try await test.manager.check([key("db")], timeout: .seconds(5)) }
        let barrier = await test.operations.submission(0)
        barrier.reply(.applied(nil, index: 1))
        test.raft.stop()
        test.setRaft(nil)
        let next = FakeRaft(id: 1, leader: 2)
        next.apply([operation(claim("db", by: "b"))])
        test.setRaft(next)
        await test.pass(LeaseManagerWorker.sweepInterval)
        #expect(try await call.value[0]?.grant.holder == "b")
        try await test.stop()
    }

    @Test("a check without a leader says try again at its deadline, one with an earlier deadline not much later")
    func noLeader() async throws {
        let test = await ManagerUnderTest(leader: nil)
        let call = Task { try await test.manager.check([key("db")], timeout: .seconds(5)) }
        await eventually { test.manager.statistics.barriers == 1 }
        let early = Counter()
        test.manager.whenCurrent(deadline: test.clock.now + .seconds(2)) { _ in early.add() }
        await test.pass(.seconds(2) + LeaseManagerWorker.sweepInterval)
        #expect(early.value == 1)
        await test.pass(.seconds(3))
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
        // Raft gave a copy away and listed nothing.
        #expect(test.raft.lastRead is FrozenLeases.Type)
        try await test.stop()
    }

    @Test("the leader's statistics count calls and their ends, and not the lease manager's own reads")
    func statistics() async throws {
        let test = await ManagerUnderTest(leader: 1)
        test.performing(claim("a"), extend("b"))
        test.manager.whenCurrent(deadline: test.clock.now + .seconds(5)) { _ in }
        test.operations.submissions[0].reply(.applied(granted, index: 1))
        test.operations.submissions[1].reply(.applied(.notHeld, index: 1))
        test.operations.submissions[2].reply(.applied(nil, index: 1))
        let statistics = test.manager.statistics
        #expect(statistics.calls == 1 && statistics.openCalls == 0)
        #expect(statistics[.claim, .applied] == 1 && statistics[.extend, .denied] == 1)
        #expect(statistics.operations.reduce(0, +) == 2)
        try await test.stop()
    }
}
