import AgentResources
import Hub
import Leases
import Testing

@testable import LeaseManagerManifold

@Suite(.timeLimit(.minutes(1))) struct LeaseManagerTests {
    @Test("on the leader operations go straight to the operation hub, bounded in global time and uptime")
    func direct() async throws {
        let test = await ManagerUnderTest(leader: 1)
        test.raft.apply(clock: 50_000)
        let call = test.performing()
        let submission = await test.operations.submission(0)
        #expect(submission.deadline == test.clock.now + .seconds(5))
        #expect(submission.operation == operation(claim("db"), notAfter: 50_000 + 5_000 + 5_000))
        submission.reply(.applied(granted, index: 7))
        #expect(await call.value == .applied(granted, index: 7))
        try await test.stop()
    }

    @Test("elsewhere they go to the leader, and its answer comes back by request id")
    func remote() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let first = test.performing(claim("a"), id: 1)
        let firstRequest = try await test.request()
        #expect(firstRequest.target == 2)
        #expect(firstRequest.request.items.first?.remainingMilliseconds == 5_000)
        #expect(firstRequest.request.operations.map(\.command) == [claim("a")])
        let second = test.performing(claim("b"), id: 2)
        let secondRequest = try await test.request()
        test.answer(secondRequest.request, from: 2, .applied(.notHeld, index: 2))
        #expect(await second.value == .applied(.notHeld, index: 2))
        test.answer(firstRequest.request, from: 2, .applied(granted, index: 1))
        #expect(await first.value == .applied(granted, index: 1))
        #expect(test.manager.remote.count == 0)
        try await test.stop()
    }

    @Test("answers of a controller that was not asked are ignored")
    func forgedAnswer() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let call = test.performing()
        let request = try await test.request().request
        test.answer(request, from: 3, .never(Refusal(.overloaded)))
        test.answer(request, from: 2, .applied(granted, index: 1))
        #expect(await call.value == .applied(granted, index: 1))
        try await test.stop()
    }

    @Test("an answer that does not come is asked for again, ever more slowly, without sending the operations twice")
    func lostAnswer() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let call = test.performing()
        let first = try await test.request().request
        for pause in [150, 300, 600, 1_000] {
            await test.pass(.milliseconds(pause))
            let second = try await test.request().request
            #expect(second.id == first.id && second.isRepeat && second.operations.isEmpty)
        }
        test.answer(first, from: 2, .applied(granted, index: 1))
        #expect(await call.value == .applied(granted, index: 1))
        try await test.stop()
    }

    @Test("a request its leader does not know is sent anew with the operation's id, and never counts as never")
    func lostRequest() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let call = test.performing()
        let first = try await test.request().request
        await test.pass(.milliseconds(150))
        let again = try await test.request().request
        #expect(again.isRepeat)
        test.hub.receive(
            .init(
                topic: "lease.request.callback.1",
                origin: 2,
                target: 1,
                bytes: LeaseResponse(id: first.id, answers: []).hubBytes()
            )
        )
        await test.pass(.milliseconds(50))
        let second = try await test.request().request
        #expect(second.id != first.id && !second.isRepeat && second.operations == first.operations)
        test.answer(second, from: 2, .never(Refusal(.overloaded, retryAfterMilliseconds: 9)))
        #expect(await call.value == .unknown(Refusal(.overloaded, retryAfterMilliseconds: 9)))
        try await test.stop()
    }

    @Test("a change of leader in the middle of a request sends it to the new one, with the operation's id")
    func leaderChange() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let call = test.performing()
        let first = try await test.request()
        test.raft.lead(by: 3, term: 2)
        let second = try await test.request()
        #expect(second.target == 3)
        #expect(second.request.id != first.request.id)
        #expect(second.request.operations == first.request.operations)
        // The old one's answer is of no use any more; the new one's counts.
        test.answer(first.request, from: 2, .never(Refusal(.stopping)))
        test.answer(second.request, from: 3, .applied(granted, index: 1))
        #expect(await call.value == .applied(granted, index: 1))
        try await test.stop()
    }

    @Test("a change of leader between choosing the way and registering the request ends the attempt at once")
    func leaderChangeBeforeRegistering() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let generation = test.manager.view.generation
        test.raft.lead(by: 3, term: 2)
        await eventually { test.manager.view.generation != generation }
        let outcomes = await test.manager.make(
            Attempt(count: 1),
            for: [.barrier],
            by: .to(2),
            chosenAt: generation,
            deadline: test.clock.now + .seconds(5)
        )
        #expect(outcomes == [nil])
        #expect(test.manager.remote.count == 0)
        try await test.stop()
    }

    @Test("when this controller becomes the leader, what was under way is submitted here")
    func becomesLeader() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let call = test.performing()
        _ = try await test.request()
        test.raft.lead(by: 1, term: 2, isServing: false)
        test.raft.lead(by: 1, term: 2)
        let submission = await test.operations.submission(0)
        #expect(submission.operation?.id == id(1))
        submission.reply(.applied(granted, index: 1))
        #expect(await call.value == .applied(granted, index: 1))
        try await test.stop()
    }

    @Test("without a known leader a call waits for one")
    func waitsForLeader() async throws {
        let test = await ManagerUnderTest(leader: nil)
        let call = test.performing()
        await test.pass(.seconds(2), timer: .seconds(5))
        #expect(test.unread == 0 && test.operations.count == 0)
        test.raft.lead(by: 2, term: 2)
        let request = try await test.request()
        #expect(request.request.items.first?.remainingMilliseconds == 3_000)
        test.answer(request.request, from: 2, .applied(granted, index: 1))
        #expect(await call.value == .applied(granted, index: 1))
        try await test.stop()
    }

    @Test("guarantee 3: a call that met no leader is never, at its deadline")
    func noLeader() async throws {
        let test = await ManagerUnderTest(leader: nil)
        let call = test.performing()
        await test.pass(.seconds(5))
        #expect(await call.value == .never(Refusal(.tryAgain)))
        try await test.stop()
    }

    @Test("without Raft a call waits to its deadline and is told to try again")
    func withoutRaft() async throws {
        let test = await ManagerUnderTest(leader: 1, withRaft: false)
        let call = test.performing()
        await test.pass(.seconds(5))
        #expect(await call.value == .never(Refusal(.tryAgain)))
        #expect(test.operations.count == 0)
        try await test.stop()
    }

    @Test("a call that came while Raft was away goes on when it is back")
    func raftComesBack() async throws {
        let test = await ManagerUnderTest(leader: 1, withRaft: false)
        let call = test.performing()
        await test.pass(.seconds(1), timer: .seconds(5))
        test.setRaft(test.raft)
        let submission = await test.operations.submission(0)
        submission.reply(.applied(granted, index: 1))
        #expect(await call.value == .applied(granted, index: 1))
        try await test.stop()
    }

    @Test("guarantee 3: a call without an answer is unknown at its deadline, not never")
    func unanswered() async throws {
        let test = await ManagerUnderTest(leader: 1)
        let call = test.performing()
        _ = await test.operations.submission(0)
        // Up to the deadline itself a certain answer may still come.
        await test.pass(.seconds(5) + LeaseManagerWorker.grace)
        #expect(await call.value == .unknown(Refusal(.tryAgain)))
        try await test.stop()
    }

    @Test("a refusal that names the leader is followed at once")
    func hint() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let call = test.performing()
        let first = try await test.request()
        test.answer(first.request, from: 2, .never(Refusal(.notLeader, leader: Leader(id: 3, address: "c:17070"))))
        let second = try await test.request()
        #expect(second.target == 3)
        test.answer(second.request, from: 3, .applied(granted, index: 1))
        #expect(await call.value == .applied(granted, index: 1))
        try await test.stop()
    }

    @Test("an operation refused because nobody leads is sent again after a pause, with the same id")
    func tryAgain() async throws {
        let test = await ManagerUnderTest(leader: 1)
        let call = test.performing()
        await test.operations.submission(0).reply(.never(Refusal(.tryAgain)))
        await test.pass(.milliseconds(50))
        let second = await test.operations.submission(1)
        #expect(second.operation == test.operations.submissions[0].operation)
        second.reply(.applied(granted, index: 1))
        #expect(await call.value == .applied(granted, index: 1))
        try await test.stop()
    }

    @Test("an overloaded leader is not asked again for a claim, and is for an extension, no earlier than told")
    func overload() async throws {
        let test = await ManagerUnderTest(leader: 1)
        let refusal = Refusal(.overloaded, retryAfterMilliseconds: 400)
        let claiming = test.performing(claim("a"))
        await test.operations.submission(0).reply(.never(refusal))
        #expect(await claiming.value == .never(refusal))
        let extending = test.performing(extend("a"), id: 2)
        await test.operations.submission(1).reply(.never(refusal))
        await test.waits(for: .milliseconds(400))
        // A change of leader does not make room.
        test.raft.lead(by: 1, term: 2)
        test.clock.advance(by: .milliseconds(399))
        for _ in 0..<100 { await Task.yield() }
        #expect(test.operations.count == 2)
        test.clock.advance(by: .milliseconds(1))
        await test.operations.submission(2).reply(.applied(granted, index: 1))
        #expect(await extending.value == .applied(granted, index: 1))
        try await test.stop()
    }

    @Test("a bulk call is sent in parts a frame can carry and answered in its own order")
    func bulk() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let count = LeaseRequest.itemLimit + 44
        let commands = (0..<count).map { IdentifiedCommand(id: id(UInt64($0)), command: claim("lease-\($0)")) }
        let call = Task { await test.manager.perform(commands, timeout: .seconds(5)) }
        let first = try await test.request().request
        let second = try await test.request().request
        #expect(first.operations.count == LeaseRequest.itemLimit && second.operations.count == 44)
        for request in [second, first] {
            let response = LeaseResponse(
                id: request.id,
                answers: request.operations.enumerated().reversed().map {
                    .init(slot: $0.offset, outcome: .applied(granted, index: $0.element.id.low))
                }
            )
            test.hub.receive(
                .init(topic: "lease.request.callback.1", origin: 2, target: 1, bytes: response.hubBytes())
            )
        }
        let answers = await call.value
        #expect(answers.map(\.key.name) == commands.map(\.command.key.name))
        #expect(answers.map(\.outcome) == commands.map { .applied(granted, index: $0.id.low) })
        try await test.stop()
    }

    @Test("a replica whose clock is behind costs one more try, not the call")
    func laggingClock() async throws {
        let test = await ManagerUnderTest(leader: 1)
        let call = test.performing()
        let first = await test.operations.submission(0)
        test.raft.apply(clock: 500_000)
        first.reply(.applied(.expired, index: 1))
        await test.pass(.milliseconds(50))
        let second = await test.operations.submission(1)
        #expect(second.operation?.notAfter == GlobalTime(milliseconds: 510_000))
        second.reply(.applied(granted, index: 2))
        #expect(await call.value == .applied(granted, index: 2))
        try await test.stop()
    }

    @Test("guarantee 3: a notAfter that came with the id is sent as it is, and stays when it has passed")
    func givenNotAfter() async throws {
        let test = await ManagerUnderTest(leader: 1)
        let call = test.performing(notAfter: 77_000)
        let first = await test.operations.submission(0)
        #expect(first.operation?.notAfter == GlobalTime(milliseconds: 77_000))
        first.reply(.never(Refusal(.tryAgain)))
        await test.pass(.milliseconds(50))
        let second = await test.operations.submission(1)
        #expect(second.operation == first.operation)
        test.raft.apply(clock: 77_001)
        second.reply(.applied(.expired, index: 1))
        #expect(await call.value == .applied(.expired, index: 1))
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
        let sent = test.performing(id: 1)
        _ = await test.operations.submission(0)
        let waiting = Task { try await test.manager.waitUntilFree(key("db"), timeout: nil) }
        await eventually { test.manager.waiters.count == 1 }
        try await test.stop()
        #expect(await sent.value == .unknown(Refusal(.stopping)))
        #expect(await test.performing(id: 2).value == .never(Refusal(.stopping)))
        await #expect(throws: LeaseServiceError(Refusal(.stopping))) { try await waiting.value }
        await #expect(throws: LeaseServiceError(Refusal(.stopping))) {
            try await test.manager.check([key("db")], timeout: .seconds(5))
        }
        await #expect(throws: LeaseServiceError(Refusal(.stopping))) {
            try await test.manager.waitUntilFree(key("db"), timeout: nil)
        }
    }

    @Test("a cancelled caller is let go at once")
    func cancelled() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let call = test.performing()
        _ = try await test.request()
        call.cancel()
        guard case .unknown = await call.value else {
            Issue.record("a request that was sent may be in a log")
            return
        }
        #expect(test.manager.remote.count == 0)
        try await test.stop()
    }
}
