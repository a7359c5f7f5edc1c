import AgentResources
import Leases
import NIOConcurrencyHelpers
import Testing

@testable import LeaseManagerManifold

@Suite(.timeLimit(.minutes(1))) struct LeaseManagerWaitingTests {
    /// A manager on a follower that sees `db` held for 30 s.
    private func withHeldLease() async -> ManagerUnderTest {
        let test = await ManagerUnderTest(leader: 2)
        test.raft.apply([operation(claim("db"), id: 90)], clock: 10_000)
        await eventually { test.raft.isHeard }
        return test
    }

    /// How waits ended, by number, in order.
    private final class Ends: Sendable {
        private let box = NIOLockedValueBox<[(number: Int, isFree: Bool?)]>([])

        var numbers: [Int] { self.box.withLockedValue { $0.map(\.number) } }
        var all: [Bool?] { self.box.withLockedValue { $0.map(\.isFree) } }

        func append(_ number: Int, _ result: Result<Bool, LeaseServiceError>) {
            self.box.withLockedValue { $0.append((number, try? result.get())) }
        }
    }

    @discardableResult
    private func wait(
        _ test: ManagerUnderTest,
        _ number: Int = 0,
        timeout: Duration? = nil,
        caller: Caller? = nil,
        _ ends: Ends = Ends()
    ) -> Ends {
        test.manager.whenFree(key("db"), timeout: timeout, caller: caller) { ends.append(number, $0) }
        return ends
    }

    @Test("a waiter is woken when the lease expires, without having asked the leader anything")
    func expiry() async throws {
        let test = await self.withHeldLease()
        let ends = self.wait(test)
        #expect(test.manager.waiters.count == 1 && test.transport.count == 0)
        test.raft.apply(clock: 40_001)
        await eventually { ends.all == [true] }
        #expect(test.manager.waiters.count == 0 && test.transport.count == 0)
        try await test.stop()
    }

    @Test("a waiter is woken when the lease is revoked")
    func revoke() async throws {
        let test = await self.withHeldLease()
        let waiting = Task { try await test.manager.waitUntilFree(key("db"), timeout: nil) }
        await eventually { test.manager.waiters.count == 1 }
        test.raft.apply([operation(.revoke(key("db"), holder: "a", force: false), id: 2)])
        #expect(try await waiting.value)
        try await test.stop()
    }

    @Test("waiters are woken in waves, the eldest first, as long as the lease stays free")
    func waves() async throws {
        let test = await self.withHeldLease()
        let ends = Ends()
        for number in 0..<30 { self.wait(test, number, ends) }
        test.raft.apply(clock: 40_001)
        await eventually { ends.numbers == [0] }
        await test.pass(.milliseconds(99))
        #expect(ends.numbers == [0])
        await test.pass(.milliseconds(1))
        await eventually { ends.numbers == Array(0..<9) }
        await test.pass(.milliseconds(100))
        await eventually { ends.numbers == Array(0..<25) }
        await test.pass(.milliseconds(100))
        await eventually { ends.numbers == Array(0..<30) }
        #expect(test.manager.statistics.wakeUps == 30 && test.manager.statistics.awaitedLeases == 0)
        try await test.stop()
    }

    @Test("a lease that is claimed again keeps the rest waiting, and its next end begins anew")
    func claimedAgain() async throws {
        let test = await self.withHeldLease()
        let ends = Ends()
        for number in 0..<5 { self.wait(test, number, ends) }
        test.raft.apply(clock: 40_001)
        await eventually { ends.numbers == [0] }
        test.raft.apply([operation(claim("db", by: "b", for: 2_000), id: 2)])
        await test.pass(.seconds(1))
        #expect(ends.numbers == [0] && test.manager.waiters.count == 4)
        test.raft.apply(clock: 50_000)
        await eventually { ends.numbers == [0, 1] }
        try await test.stop()
    }

    @Test("other leases' ends, and an end whose lease is held again, wake nobody")
    func notWoken() async throws {
        let test = await self.withHeldLease()
        let ends = self.wait(test, timeout: .seconds(60))
        test.raft.apply([operation(claim("other", for: 2_000), id: 2)])
        test.raft.apply(clock: 20_000)
        test.raft.apply(
            [
                operation(.revoke(key("db"), holder: "a", force: false), id: 3),
                operation(claim("db", by: "b"), id: 4),
            ])
        let reads = test.raft.reads
        await eventually { test.raft.reads > reads }
        #expect(test.manager.waiters.count == 1)
        await test.pass(.seconds(60))
        await eventually { ends.all == [false] }
        try await test.stop()
    }

    @Test("no wake-up is lost: a lease that ends between registering and looking is seen, and the leader confirms")
    func lostWakeUp() async throws {
        let test = await self.withHeldLease()
        // Freed without its event ever being told here: only the look can see it.
        test.raft.apply(clock: 40_001, tells: false)
        let ends = self.wait(test)
        #expect(test.transport.count == 1 && ends.all.isEmpty)
        test.transport.carried[0].submission.reply(.applied(nil, index: 2))
        #expect(ends.all == [true])
        try await test.stop()
    }

    @Test("a lagging replica that calls the lease free does not end the wait; the leader decides")
    func lagging() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let ends = self.wait(test, timeout: .seconds(60))
        test.transport.carried[0].submission.reply(.applied(nil, index: 1))
        #expect(ends.all.isEmpty)
        test.raft.apply([operation(claim("db"))], clock: 10_000)
        #expect(ends.all.isEmpty && test.manager.waiters.count == 1)
        test.raft.apply(clock: 40_001)
        await eventually { ends.all == [true] }
        try await test.stop()
    }

    @Test("one question confirms for all who had come; who comes while it is on its way is asked for again")
    func coalesced() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let ends = Ends()
        self.wait(test, 0, ends)
        for number in 1..<50 { self.wait(test, number, ends) }
        #expect(test.transport.count == 1)
        test.transport.carried[0].submission.reply(.applied(nil, index: 0))
        // Only the first had come before it was asked.
        #expect(ends.numbers == [0])
        #expect(test.transport.count == 2)
        await test.pass(.milliseconds(100))
        #expect(ends.numbers == [0])
        test.transport.carried[1].submission.reply(.applied(nil, index: 0))
        for _ in 0..<5 { await test.pass(.milliseconds(100)) }
        await eventually { ends.numbers == Array(0..<50) }
        #expect(test.transport.count == 2)
        try await test.stop()
    }

    @Test("a question without an answer is asked again")
    func askedAgain() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let ends = self.wait(test)
        test.transport.carried[0].submission.reply(.never(Refusal(.deadlineExceeded)))
        await test.pass(LeaseManagerWorker.sweepInterval)
        await test.transport.item(1).submission.reply(.applied(nil, index: 0))
        #expect(ends.all == [true])
        try await test.stop()
    }

    @Test("guarantee 6: after a gap in the events everybody is looked up again")
    func gap() async throws {
        let test = await self.withHeldLease()
        let ends = self.wait(test)
        test.raft.apply(clock: 40_001, tells: false)
        test.raft.tellGap()
        await eventually { ends.all == [true] }
        try await test.stop()
    }

    @Test("after a change of role everybody is looked up again")
    func roleChange() async throws {
        let test = await self.withHeldLease()
        let ends = self.wait(test)
        test.raft.apply(clock: 40_001, tells: false)
        test.raft.lead(by: 3, term: 2)
        await eventually { ends.all == [true] }
        try await test.stop()
    }

    @Test("when Raft is restarted everybody is looked up again")
    func raftRestart() async throws {
        let test = await self.withHeldLease()
        let ends = self.wait(test)
        test.setRaft(nil)
        test.raft.stop()
        let next = FakeRaft(id: 1, leader: 2)
        test.setRaft(next)
        await eventually { ends.all == [true] }
        try await test.stop()
    }

    @Test("waits end at their timeouts with false, each at its own")
    func timeout() async throws {
        let test = await self.withHeldLease()
        let ends = Ends()
        for (number, seconds) in [3, 1, 2].enumerated() { self.wait(test, number, timeout: .seconds(seconds), ends) }
        for expected in [[1], [1, 2], [1, 2, 0]] {
            await test.pass(.seconds(1))
            await eventually { ends.numbers == expected }
        }
        #expect(ends.all == [false, false, false] && test.manager.waiters.count == 0)
        try await test.stop()
    }

    @Test("a cancelled waiter is removed at once, and others stay")
    func cancelled() async throws {
        let test = await self.withHeldLease()
        let first = Task { try await test.manager.waitUntilFree(key("db"), timeout: nil) }
        await eventually { test.manager.waiters.count == 1 }
        let ends = self.wait(test)
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(test.manager.waiters.count == 1)
        test.raft.apply(clock: 40_001)
        await eventually { ends.all == [true] }
        try await test.stop()
    }

    @Test("the place of one who has left goes to the next, and those who leave are forgotten with the next sweep")
    func left() async throws {
        let test = await self.withHeldLease()
        let caller = Caller()
        let ends = Ends()
        self.wait(test, 0, caller: caller, ends)
        self.wait(test, 1, ends)
        caller.leave()
        test.raft.apply(clock: 40_001)
        await eventually { ends.numbers == [0, 1] }
        #expect(ends.all == [nil, true])
        self.wait(test, 2, caller: caller, ends)
        await test.pass(LeaseManagerWorker.sweepInterval)
        #expect(test.manager.waiters.count == 0 && ends.numbers.last == 2)
        try await test.stop()
    }

    @Test(
        "by a seed: everybody is answered once, and of one lease in the order of coming",
        arguments: 1...20 as ClosedRange<UInt64>
    )
    func seeded(_ seed: UInt64) {
        var random = Seeded(state: seed)
        var queue = WaitQueue()
        let answered = NIOLockedValueBox<[Int: [Int]]>([:])
        var now = Uptime.zero
        var count = 0
        for number in 0..<2_000 {
            let lease = Int(random.next() % 5)
            let name = key("lease-\(lease)")
            switch random.next() % 6 {
            case 0, 1, 2:
                count += 1
                let deadline = random.next() % 3 == 0 ? now + .milliseconds(Int64(random.next() % 2_000)) : nil
                _ = queue.add(name, deadline: deadline, caller: nil) { result in
                    let isWoken = (try? result.get()) == true
                    answered.withLockedValue { $0[isWoken ? lease : -1, default: []].append(number) }
                }
            case 3: queue.noteFree(name, upTo: queue.lastAge, now: now).give()
            case 4: queue.noteHeld(name)
            default:
                now += .milliseconds(60)
                queue.expire(now: now).give()
                for due in queue.dueWaves(now: now) { queue.wave(due, now: now).give() }
            }
        }
        queue.removeAll().give()
        let all = answered.withLockedValue { $0 }
        #expect(all.values.reduce(0) { $0 + $1.count } == count, "seed \(seed)")
        #expect(Set(all.values.flatMap { $0 }).count == count, "seed \(seed)")
        for (lease, numbers) in all where lease >= 0 { #expect(numbers == numbers.sorted(), "seed \(seed)") }
    }

    private struct Seeded {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return self.state >> 33
        }
    }

    @Test("who has left is found however many wait, a part of them at a time")
    func sweptInParts() {
        var queue = WaitQueue()
        let gone = Caller()
        for number in 0..<1_000 {
            _ = queue.add(key("db"), deadline: nil, caller: number == 999 || number == 0 ? gone : Caller()) { _ in }
        }
        gone.leave()
        #expect((0..<10).map { _ in queue.removeAbandoned(among: 100).count } == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1])
        #expect(queue.count == 998 && queue.removeAbandoned(among: 100).isEmpty)
    }
}
