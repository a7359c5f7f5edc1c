import AgentResources
import Leases
import Testing

@testable import LeaseManagerManifold

@Suite(.timeLimit(.minutes(1))) struct LeaseManagerTests {
    @Test("on the leader operations go straight to the operation hub, bounded in global time and uptime")
    func direct() async throws {
        let test = await ManagerUnderTest(leader: 1)
        test.raft.apply(clock: 50_000)
        let answers = test.performing(claim("db"))
        let submission = test.operations.submissions[0]
        #expect(submission.deadline == test.clock.now + .seconds(5))
        #expect(submission.operation == operation(claim("db"), notAfter: 50_000 + 5_000 + 5_000))
        submission.reply(.applied(granted, index: 7))
        #expect(answers.all == [.applied(granted, index: 7)])
        #expect(test.manager.open.count == 0)
        try await test.stop()
    }

    @Test("elsewhere the transport carries them to the leader")
    func remote() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let first = test.performing(claim("a"), id: 1)
        let second = test.performing(claim("b"), id: 2)
        #expect(test.transport.carried.map(\.leader) == [otherLeader, otherLeader])
        #expect(test.transport.carried.map(\.submission.operation?.command) == [claim("a"), claim("b")])
        test.transport.carried[1].submission.reply(.applied(.notHeld, index: 2))
        test.transport.carried[0].submission.reply(.applied(granted, index: 1))
        #expect(first.all == [.applied(granted, index: 1)])
        #expect(second.all == [.applied(.notHeld, index: 2)])
        try await test.stop()
    }

    private let otherLeader = Leader(id: 2, address: "controller-2:17070")

    @Test("answers that come together are each taken for what they are, and none of another round's")
    func together() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let answers = test.performing(claim("a"), claim("b"), claim("c"), claim("d"))
        let first = test.transport.carried
        var groups = ReplyGroups()
        for (item, outcome) in zip(
            first,
            [
                .applied(granted, index: 1), .never(Refusal(.notLeader, leader: Leader(id: 3, address: "c:17070"))),
                .never(Refusal(.overloaded, retryAfterMilliseconds: 250)), .applied(.notHeld, index: 1),
            ] as [SubmissionOutcome]
        ) {
            groups.reply(outcome, to: item.submission.address)
        }
        groups.give()
        // What met no leader goes to the one who is said to lead; the round before has nothing more to say to it.
        let again = await test.transport.item(4)
        #expect(test.transport.count == 5 && again.leader.id == 3)
        first[1].submission.reply(.never(Refusal(.stopping)))
        #expect(answers.count == 0)
        again.submission.reply(.applied(granted, index: 2))
        #expect(
            answers.all == [
                .applied(granted, index: 1), .applied(granted, index: 2),
                .never(Refusal(.overloaded, retryAfterMilliseconds: 250)), .applied(.notHeld, index: 1),
            ]
        )
        try await test.stop()
    }

    @Test("extensions go to the leader's hub with their leases' ends")
    func leaseEnds() async throws {
        let test = await ManagerUnderTest(leader: 1)
        test.raft.apply([operation(claim("db", for: 9_000), id: 9)], clock: 10_000)
        test.performing(extend("db"), extend("other"), claim("third"))
        test.performing(.extend(key("db"), holder: "another", milliseconds: 9_000))
        let submissions = test.operations.submissions
        // Who has nothing to lose is not the most urgent.
        #expect(
            submissions.map(\.leaseEnds)
                == [test.clock.now + .seconds(9), submissions[1].deadline, nil, submissions[3].deadline]
        )
        try await test.stop()
    }

    @Test("a change of leader in the middle of a request sends it to the new one, with the operation's id")
    func leaderChange() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let answers = test.performing(claim("db"))
        test.raft.lead(by: 3, term: 2)
        let again = await test.transport.item(1)
        let first = test.transport.carried[0]
        #expect(again.leader.id == 3 && again.submission.operation == first.submission.operation)
        // The old one's refusal is of no use any more; the new one's answer counts.
        first.submission.reply(.never(Refusal(.stopping)))
        #expect(answers.count == 0)
        again.submission.reply(.applied(granted, index: 1))
        #expect(answers.all == [.applied(granted, index: 1)])
        try await test.stop()
    }

    @Test("guarantee 3: the log's answer counts whichever try it comes from, and only once")
    func lateAnswer() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let answers = test.performing(claim("db"))
        test.raft.lead(by: 3, term: 2)
        let again = await test.transport.item(1)
        test.transport.carried[0].submission.reply(.applied(granted, index: 1))
        #expect(answers.all == [.applied(granted, index: 1)])
        again.submission.reply(.never(Refusal(.overloaded)))
        #expect(answers.count == 1)
        try await test.stop()
    }

    @Test("guarantee 3: after a try without an answer a refusal is not called never")
    func unknownAfterChange() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let answers = test.performing(claim("db"))
        test.raft.lead(by: 3, term: 2)
        await test.transport.item(1).submission.reply(.never(Refusal(.overloaded, retryAfterMilliseconds: 9)))
        #expect(answers.all == [.unknown(Refusal(.overloaded, retryAfterMilliseconds: 9))])
        try await test.stop()
    }

    @Test("when this controller becomes the leader, what was under way is submitted here")
    func becomesLeader() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let answers = test.performing(claim("db"))
        test.raft.lead(by: 1, term: 2, isServing: false)
        test.raft.lead(by: 1, term: 2)
        let submission = await test.operations.submission(0)
        #expect(submission.operation?.id == id(1))
        submission.reply(.applied(granted, index: 1))
        #expect(answers.all == [.applied(granted, index: 1)])
        try await test.stop()
    }

    @Test("without a known leader a call waits for one")
    func waitsForLeader() async throws {
        let test = await ManagerUnderTest(leader: nil)
        let answers = test.performing(claim("db"))
        await test.pass(.seconds(2))
        #expect(test.transport.count == 0 && test.operations.count == 0)
        test.raft.lead(by: 2, term: 2)
        let item = await test.transport.item(0)
        #expect(item.submission.deadline == test.clock.now + .seconds(3))
        item.submission.reply(.applied(granted, index: 1))
        #expect(answers.all == [.applied(granted, index: 1)])
        try await test.stop()
    }

    @Test("guarantee 3: a call that met no leader, or no Raft, is never, at its deadline", arguments: [true, false])
    func noLeader(withRaft: Bool) async throws {
        let test = await ManagerUnderTest(leader: nil, withRaft: withRaft)
        let answers = test.performing(claim("db"))
        #expect(answers.count == 0)
        await test.pass(.seconds(5))
        #expect(answers.all == [.never(Refusal(.tryAgain))])
        try await test.stop()
    }

    @Test("a call that came while Raft was away goes on when it is back")
    func raftComesBack() async throws {
        let test = await ManagerUnderTest(leader: 1, withRaft: false)
        let answers = test.performing(claim("db"))
        await test.pass(.seconds(1))
        test.setRaft(test.raft)
        await test.operations.submission(0).reply(.applied(granted, index: 1))
        #expect(answers.all == [.applied(granted, index: 1)])
        try await test.stop()
    }

    @Test("guarantee 3: a call without an answer is unknown soon after its deadline, not never")
    func unanswered() async throws {
        let test = await ManagerUnderTest(leader: 1)
        let answers = test.performing(claim("db"))
        // Up to the deadline itself a certain answer may still come.
        await test.pass(.seconds(5))
        #expect(answers.count == 0)
        await test.pass(LeaseManagerWorker.grace + LeaseManagerWorker.sweepInterval)
        #expect(answers.all == [.unknown(Refusal(.tryAgain))])
        try await test.stop()
    }

    @Test("a refusal that names the leader is followed at once, three times in a row")
    func hint() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let answers = test.performing(claim("db"))
        for (index, leader) in ([3, 2, 3, 2] as [UInt64]).enumerated() {
            let hint = Leader(id: leader, address: "c:17070")
            #expect(test.transport.count == index + 1)
            test.transport.carried[index].submission.reply(.never(Refusal(.notLeader, leader: hint)))
        }
        #expect(test.transport.carried.map(\.leader.id) == [2, 3, 2, 3])
        await test.pass(.milliseconds(50))
        #expect(test.transport.count == 5)
        test.transport.carried[4].submission.reply(.applied(granted, index: 1))
        #expect(answers.all == [.applied(granted, index: 1)])
        try await test.stop()
    }

    @Test("an operation refused because nobody leads is sent again after a pause, with the same id")
    func tryAgain() async throws {
        let test = await ManagerUnderTest(leader: 1)
        let answers = test.performing(claim("db"))
        test.operations.submissions[0].reply(.never(Refusal(.tryAgain)))
        #expect(test.operations.count == 1)
        await test.pass(.milliseconds(50))
        #expect(test.operations.count == 2)
        #expect(test.operations.submissions[1].operation == test.operations.submissions[0].operation)
        test.operations.submissions[1].reply(.applied(granted, index: 1))
        #expect(answers.all == [.applied(granted, index: 1)])
        #expect(test.manager.statistics.retries == 1)
        try await test.stop()
    }

    @Test("an overloaded leader is not asked again for a claim, and is for an extension, no earlier than told")
    func overload() async throws {
        let test = await ManagerUnderTest(leader: 1)
        let refusal = Refusal(.overloaded, retryAfterMilliseconds: 400)
        let claiming = test.performing(claim("a"))
        test.operations.submissions[0].reply(.never(refusal))
        #expect(claiming.all == [.never(refusal)])
        let extending = test.performing(extend("a"), id: 2)
        test.operations.submissions[1].reply(.never(refusal))
        // A change of leader does not make room.
        let generation = test.manager.view.generation
        test.raft.lead(by: 1, term: 2)
        await eventually { test.manager.view.generation != generation }
        await test.pass(.milliseconds(399))
        #expect(test.operations.count == 2)
        await test.pass(.milliseconds(1))
        #expect(test.operations.count == 3)
        test.operations.submissions[2].reply(.applied(granted, index: 1))
        #expect(extending.all == [.applied(granted, index: 1)])
        try await test.stop()
    }

    @Test("an extension that could only come again after its lease's end is refused at once")
    func withinTheLease() async throws {
        let test = await ManagerUnderTest(leader: 2)
        test.raft.apply([operation(claim("db", for: 2_000), id: 9)], clock: 10_000)
        let refusal = Refusal(.overloaded, retryAfterMilliseconds: 2_000)
        let answers = test.performing(extend("db"))
        test.transport.carried[0].submission.reply(.never(refusal))
        #expect(answers.all == [.never(refusal)])
        try await test.stop()
    }

    @Test("a bulk call is answered once, in its own order")
    func bulk() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let count = 300
        let commands = (0..<count).map { IdentifiedCommand(id: id(UInt64($0)), command: claim("lease-\($0)")) }
        let call = Task { await test.manager.perform(commands, timeout: .seconds(5)) }
        await eventually { test.transport.count == count }
        for item in test.transport.carried.reversed() {
            item.submission.reply(.applied(granted, index: item.submission.operation?.id.low ?? 0))
        }
        let answers = await call.value
        #expect(answers.map(\.outcome) == commands.map { .applied(granted, index: $0.id.low) })
        try await test.stop()
    }

    @Test("a replica whose clock is behind costs one more try, not the call")
    func laggingClock() async throws {
        let test = await ManagerUnderTest(leader: 1)
        let answers = test.performing(claim("db"))
        test.raft.apply(clock: 500_000)
        test.operations.submissions[0].reply(.applied(.expired, index: 1))
        await test.pass(.milliseconds(50))
        let second = await test.operations.submission(1)
        #expect(second.operation?.notAfter == GlobalTime(milliseconds: 510_000))
        second.reply(.applied(granted, index: 2))
        #expect(answers.all == [.applied(granted, index: 2)])
        try await test.stop()
    }

    @Test("guarantee 3: a notAfter that came with the id is sent as it is, and stays when it has passed")
    func givenNotAfter() async throws {
        let test = await ManagerUnderTest(leader: 1)
        let answers = test.performing(claim("db"), notAfter: 77_000)
        let first = test.operations.submissions[0]
        #expect(first.operation?.notAfter == GlobalTime(milliseconds: 77_000))
        first.reply(.never(Refusal(.tryAgain)))
        await test.pass(.milliseconds(50))
        let second = await test.operations.submission(1)
        #expect(second.operation == first.operation)
        test.raft.apply(clock: 77_001)
        second.reply(.applied(.expired, index: 1))
        #expect(answers.all == [.applied(.expired, index: 1)])
        #expect(test.operations.count == 2)
        try await test.stop()
    }

    @Test("guarantee 3: the notAfter chosen here is told, so that a later try can have the same")
    func toldNotAfter() async throws {
        let test = await ManagerUnderTest(leader: 1)
        test.raft.apply(clock: 50_000)
        let command = IdentifiedCommand(id: id(1), command: claim("db"))
        let call = Task { await test.manager.perform([command], timeout: .seconds(5)) }
        await test.operations.submission(0).reply(.unknown(Refusal(.stopping)))
        await test.pass(.seconds(5))
        #expect(await call.value.map(\.notAfter) == [GlobalTime(milliseconds: 60_000)])
        try await test.stop()
    }

    @Test("a stopped manager answers everything under way and everything later")
    func stopping() async throws {
        let test = await ManagerUnderTest(leader: 1)
        let sent = test.performing(claim("db"), id: 1)
        let waiting = Task { try await test.manager.waitUntilFree(key("db"), timeout: nil) }
        let watching = Task {
            try await test.manager.watch(WatchQuery(namespace: nil, model: "model", limit: 9), timeout: .seconds(9))
        }
        await eventually { test.manager.waiters.count == 1 && test.manager.watchers.count == 1 }
        try await test.stop()
        #expect(sent.all == [.unknown(Refusal(.stopping))])
        #expect(test.performing(claim("db"), id: 2).all == [.never(Refusal(.stopping))])
        await #expect(throws: LeaseServiceError(Refusal(.stopping))) { try await waiting.value }
        await #expect(throws: LeaseServiceError(Refusal(.stopping))) { try await watching.value }
        await #expect(throws: LeaseServiceError(Refusal(.stopping))) {
            try await test.manager.check([key("db")], timeout: .seconds(5))
        }
        await #expect(throws: LeaseServiceError(Refusal(.stopping))) {
            try await test.manager.waitUntilFree(key("db"), timeout: nil)
        }
    }

    @Test("a caller that leaves is let go with the next sweep, and its retries are not made")
    func gone() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let caller = Caller()
        let sent = test.performing(claim("a"), caller: caller)
        let refused = test.performing(claim("b"), caller: caller)
        test.transport.carried[1].submission.reply(.never(Refusal(.tryAgain)))
        #expect(!test.transport.carried[0].submission.address.isGone)
        caller.leave()
        #expect(test.transport.carried[0].submission.address.isGone)
        await test.pass(LeaseManagerWorker.sweepInterval)
        // What was sent may be in a log.
        #expect(sent.all == [.unknown(Refusal(.abandoned))])
        #expect(refused.all == [.never(Refusal(.abandoned))])
        #expect(test.transport.count == 2 && test.manager.open.count == 0)
        try await test.stop()
    }
}
