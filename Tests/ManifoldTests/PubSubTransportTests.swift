import AgentResources
import DependencyEngine
import Hub
import Leases
import Testing

@testable import LeaseTransportManifold

/// Two controllers' leaders, as a transport is told of them.
let second = Leader(id: 2, address: "controller-2:17070")
let third = Leader(id: 3, address: "controller-3:17070")

@Suite(.timeLimit(.minutes(1))) struct PubSubTransportTests {
    typealias Machine = PubSubTransport.StateMachine

    let outcomes = Outcomes()
    let now = Uptime.seconds(1_000)

    private func submission(_ command: LeaseCommand = claim("db"), id: UInt64 = 1, for time: Duration = .seconds(5))
        -> Submission
    {
        Submission(request: .apply(operation(command, id: id)), deadline: self.now + time) {
            [outcomes = self.outcomes] in outcomes.append($0)
        }
    }

    @Test("the submissions of one turn go in one message a class, and their answers come back to each")
    func turn() throws {
        var machine = Machine(firstID: 7)
        #expect(machine.carry([self.submission(id: 1)], to: second, now: self.now).1)
        #expect(!machine.carry([self.submission(id: 2), self.submission(extend("db"))], to: second, now: self.now).1)
        let (messages, replies) = machine.flush(now: self.now)
        #expect(replies.isEmpty)
        #expect(messages.map(\.leader) == [2, 2])
        #expect(messages.map { $0.request.items.count } == [1, 2])
        #expect(messages.map(\.request.id) == [7, 8])
        let claims = messages[1].request
        #expect(claims.items.map(\.remainingMilliseconds) == [5_000, 5_000])
        let load = OperationLoad(claimRetryAfterMilliseconds: 9)
        machine.receive(
            LeaseResponse(id: 8, answers: [.init(slot: 1, outcome: .applied(granted, index: 4))], load: load),
            from: 2,
            now: self.now
        ).give()
        #expect(self.outcomes.all == [.applied(granted, index: 4)])
        #expect(machine.load(now: self.now) == load)
        #expect(machine.statistics.inFlight == 2 && machine.statistics[.claim, .success].count == 1)
        machine.receive(
            LeaseResponse(id: 8, answers: [.init(slot: 0, outcome: .never(Refusal(.overloaded)))]),
            from: 2,
            now: self.now
        ).give()
        #expect(self.outcomes.all.last == .never(Refusal(.overloaded)))
        #expect(machine.statistics[.claim, .failure].count == 1)
    }

    @Test("what is too late when its turn comes is dropped, said so and counted")
    func late() {
        var machine = Machine(firstID: 1)
        machine.carry([self.submission(for: .zero)], to: second, now: self.now).0.give()
        let (messages, replies) = machine.flush(now: self.now)
        replies.give()
        #expect(messages.isEmpty)
        #expect(self.outcomes.all == [.never(Refusal(.deadlineExceeded))])
        #expect(machine.statistics[.claim, .deliveryTimeout].count == 1)
    }

    @Test("guarantee 3: sent and not answered by the deadline is unknown, once; its answer is asked for meanwhile")
    func noAnswer() {
        var machine = Machine(firstID: 1)
        machine.carry([self.submission(for: .seconds(1))], to: second, now: self.now).0.give()
        _ = machine.flush(now: self.now)
        #expect(machine.nextInstant == self.now + Machine.firstRepeat)
        let (repeats, none) = machine.passed(now: self.now + Machine.firstRepeat)
        #expect(none.isEmpty)
        #expect(repeats.map(\.request.isRepeat) == [true] && repeats.map(\.request.id) == [1])
        let (_, replies) = machine.passed(now: self.now + .seconds(1) + Machine.grace)
        replies.give()
        #expect(self.outcomes.all == [.unknown(Refusal(.deadlineExceeded))])
        #expect(machine.nextInstant == nil)
        machine.receive(
            LeaseResponse(id: 1, answers: [.init(slot: 0, outcome: .applied(granted, index: 4))]),
            from: 2,
            now: self.now + .seconds(2)
        ).give()
        #expect(self.outcomes.count == 1)
        #expect(machine.statistics.inFlight == 0 && machine.statistics.strayAnswers == 1)
    }

    @Test("guarantee 3: lost requests are unknown, whether the leader says so or another one leads")
    func lost() {
        var machine = Machine(firstID: 1)
        machine.carry([self.submission()], to: second, now: self.now).0.give()
        _ = machine.flush(now: self.now)
        machine.receive(LeaseResponse(id: 1, answers: []), from: 2, now: self.now).give()
        #expect(self.outcomes.all == [.unknown(Refusal(.tryAgain))])
        machine.carry([self.submission()], to: second, now: self.now).0.give()
        _ = machine.flush(now: self.now)
        #expect(machine.leaderChanged(to: 2, now: self.now).isEmpty)
        machine.leaderChanged(to: 3, now: self.now).give()
        #expect(self.outcomes.all == [.unknown(Refusal(.tryAgain)), .unknown(Refusal(.tryAgain))])
    }

    @Test("what waits for one leader when another is named was never submitted, and is told who leads")
    func redirected() {
        var machine = Machine(firstID: 1)
        machine.carry([self.submission(id: 1)], to: second, now: self.now).0.give()
        machine.carry([self.submission(id: 2)], to: third, now: self.now).0.give()
        #expect(self.outcomes.all == [.never(Refusal(.notLeader, leader: third))])
        let (messages, _) = machine.flush(now: self.now)
        #expect(messages.map(\.leader) == [3] && messages[0].request.items.count == 1)
    }

    @Test("an answer from a controller that was not asked is ignored")
    func stranger() {
        var machine = Machine(firstID: 1)
        machine.carry([self.submission()], to: second, now: self.now).0.give()
        _ = machine.flush(now: self.now)
        let answer = LeaseResponse(id: 1, answers: [.init(slot: 0, outcome: .applied(granted, index: 4))])
        machine.receive(answer, from: 3, now: self.now).give()
        #expect(self.outcomes.count == 0)
        machine.receive(answer, from: 2, now: self.now).give()
        #expect(self.outcomes.all == [.applied(granted, index: 4)])
    }

    @Test("a message holds as many operations as a frame can carry")
    func parts() {
        var machine = Machine(firstID: 1)
        let many = Machine.itemLimit + 44
        machine.carry((0..<many).map { self.submission(id: UInt64($0)) }, to: second, now: self.now).0.give()
        #expect(machine.flush(now: self.now).0.map { $0.request.items.count } == [Machine.itemLimit, 44])
        #expect(machine.statistics.inFlight == many)
    }

    @Test("through the hub: one message for what is carried together, and a stop answers everything")
    func worker() async throws {
        let hub = Hub(controller: 1)
        let outgoing = hub.forward(name: "test")
        let raft = FakeRaft(id: 1, leader: 2)
        let transport = PubSubTransport(
            hub: hub,
            raft: Deferred<any Proposals>.standalone(raft).handle,
            clock: VirtualClock(),
            firstRequest: 100
        )
        let worker = RunningWorker(transport)
        await eventually { raft.watchers == 1 }
        transport.carry([self.submission(id: 1), self.submission(id: 2)], to: second)
        let sent = try #require(await outgoing.next())
        let request = try LeaseRequest(hubBytes: sent.bytes)
        #expect(sent.target == 2 && request.id == 100 && request.items.count == 2)
        let answer = LeaseResponse(id: 100, answers: [.init(slot: 0, outcome: .applied(granted, index: 4))])
        hub.receive(
            ForwardedMessage(
                topic: "lease.request.callback.1",
                origin: 2,
                target: 1,
                bytes: answer.hubBytes()
            )
        )
        await eventually { self.outcomes.count == 1 }
        raft.lead(by: 3, term: 2)
        await eventually { self.outcomes.count == 2 }
        transport.carry([self.submission(id: 3)], to: third)
        _ = try #require(await outgoing.next())
        try await worker.stop()
        #expect(self.outcomes.count == 3)
        transport.carry([self.submission(id: 4)], to: third)
        #expect(self.outcomes.all.last == .never(Refusal(.tryAgain)))
    }
}

@Suite struct PendingSubmissionsTests {
    private let now = Uptime.seconds(1)

    private func carried(_ command: LeaseCommand?, for time: Duration = .seconds(5)) -> Carried {
        Carried(
            Submission(
                request: command.map { .apply(operation($0)) } ?? .barrier,
                deadline: self.now + time
            ) { _ in },
            since: self.now
        )
    }

    private func classes(_ carried: [Carried]) -> [OperationClass] { carried.map(\.operationClass) }

    @Test("guarantee 5: without room claims go first, then reads, then extensions, and what is worth as much stays")
    func sacrifice() {
        var pending = PendingSubmissions(limits: .init(operations: 3))
        for command in [claim("a"), nil, extend("b")] { #expect(pending.append(self.carried(command)).isEmpty) }
        #expect(self.classes(pending.append(self.carried(claim("c")))) == [.claim])
        let pin = LeaseCommand.pin(key("p"), entity: "e")
        var gone: [OperationClass] = []
        for _ in 0..<4 { gone += self.classes(pending.append(self.carried(pin))) }
        #expect(gone == [.claim, .read, .extend, .critical])
        #expect(pending.count == 3)
    }

    @Test("room is bounded in bytes, and what is on its way uses up room too")
    func bounds() {
        var pending = PendingSubmissions(limits: .init(operations: 3, bytes: 150))
        #expect(pending.append(self.carried(claim("a"))).isEmpty)
        #expect(pending.append(self.carried(claim("b"))).count == 1)
        #expect(pending.append(self.carried(nil), elsewhere: 2).count == 1)
        _ = pending.takeAll()
        #expect(pending.isEmpty && pending.bytes == 0)
    }

    @Test("taken out in order, up to a number or bytes, what is late apart")
    func taking() {
        var pending = PendingSubmissions(limits: .init())
        _ = pending.append(self.carried(claim("late"), for: .zero))
        for name in ["a", "b", "c"] { _ = pending.append(self.carried(claim(name))) }
        let (batch, late) = pending.take(.claim, limit: 2, byteLimit: .max, now: self.now)
        #expect(batch.count == 2 && late.count == 1)
        let (rest, none) = pending.take(.claim, limit: 2, byteLimit: 1, now: self.now)
        #expect(rest.count == 1 && none.isEmpty && pending.isEmpty && pending.bytes == 0)
    }

    @Test("the late ones are found by time alone")
    func late() {
        var pending = PendingSubmissions(limits: .init())
        _ = pending.append(self.carried(claim("a"), for: .seconds(1)))
        _ = pending.append(self.carried(claim("b"), for: .seconds(2)))
        #expect(pending.earliestDeadline == self.now + .seconds(1))
        #expect(pending.takeLate(now: self.now + .seconds(1)).count == 1)
        #expect(pending.earliestDeadline == self.now + .seconds(2))
    }
}
