import AgentResources
import Leases
import Testing

@testable import RaftForwarderManifold

@Suite(.timeLimit(.minutes(1))) struct RaftForwarderTests {
    let clock = VirtualClock()
    let leader = LeaderSide()
    let operations = FakeOperations()
    let raft = FakeRaft(id: 1, leader: 1)

    private func started(outstandingLimit: Int = 100) async -> RunningWorker {
        let worker = RunningWorker(
            RaftForwarderWorker(
                raft: self.raft,
                hub: self.leader.hub,
                operations: self.operations,
                clock: self.clock,
                outstandingLimit: outstandingLimit
            )
        )
        await self.leader.subscribed()
        return worker
    }

    @Test("a request's operations are submitted with its remaining time, and answered to where they came from")
    func carries() async throws {
        let worker = await self.started()
        self.leader.request(
            [operation(claim("a"), id: 1), operation(claim("b"), id: 2)],
            id: 9,
            from: 3,
            remaining: 700
        )
        let second = await self.operations.submission(1)
        let first = self.operations.submissions[0]
        #expect(first.operation == operation(claim("a"), id: 1))
        #expect(first.deadline == self.clock.now + .milliseconds(700))
        second.reply(.never(Refusal(.overloaded, retryAfterMilliseconds: 10)))
        #expect(self.leader.waiting == 0)
        first.reply(.applied(granted, index: 5))
        let answer = try await self.leader.answer()
        #expect(answer?.target == 3)
        #expect(
            answer?.response
                == LeaseResponse(
                    id: 9,
                    answers: [
                        .init(slot: 0, outcome: .applied(granted, index: 5)),
                        .init(slot: 1, outcome: .never(Refusal(.overloaded, retryAfterMilliseconds: 10))),
                    ]
                )
        )
        try await worker.stop()
    }

    @Test("a barrier is submitted as one")
    func barrier() async throws {
        let worker = await self.started()
        self.leader.request([nil])
        let submission = await self.operations.submission(0)
        #expect(submission.operation == nil)
        submission.reply(.applied(nil, index: 4))
        #expect(try await self.leader.answer()?.response.answers == [.init(slot: 0, outcome: .applied(nil, index: 4))])
        try await worker.stop()
    }

    @Test("an expired request is dropped and said so")
    func expired() async throws {
        let worker = await self.started()
        self.leader.request([operation(claim("a"))], remaining: 0)
        #expect(
            try await self.leader.answer()?.response.answers
                == [.init(slot: 0, outcome: .never(Refusal(.deadlineExceeded)))]
        )
        #expect(self.operations.count == 0)
        try await worker.stop()
    }

    @Test("guarantee 3: a request is submitted once, however often it is repeated, and its answer is given again")
    func repeats() async throws {
        let worker = await self.started()
        self.leader.request([operation(claim("a"))], id: 1)
        self.leader.request([], id: 1, isRepeat: true)
        // The same number of another controller is another request.
        self.leader.request([nil], id: 1, from: 3)
        _ = await self.operations.submission(1)
        #expect(self.operations.submissions[1].operation == nil)
        self.operations.submissions[0].reply(.applied(granted, index: 5))
        let first = try await self.leader.answer()
        #expect(first?.target == 2 && first?.response.answers.count == 1)
        self.leader.request([], id: 1, isRepeat: true)
        #expect(try await self.leader.answer()?.response == first?.response)
        self.leader.request([operation(claim("a"))], id: 1)
        #expect(try await self.leader.answer()?.response == first?.response)
        #expect(self.operations.count == 2)
        try await worker.stop()
    }

    @Test("a repeated request that is not known here is said to be lost, and not carried out")
    func lost() async throws {
        let worker = await self.started()
        self.leader.request([operation(claim("a"))], id: 7, isRepeat: true)
        #expect(try await self.leader.answer()?.response == LeaseResponse(id: 7, answers: []))
        #expect(self.operations.count == 0)
        try await worker.stop()
    }

    @Test("refusals are given again too, and old answers are forgotten")
    func remembered() {
        let requests = OutstandingRequests(limit: 1, rememberedAnswers: 2)
        let refused = [LeaseResponse.Answer(slot: 0, outcome: .never(Refusal(.overloaded)))]
        func id(_ number: UInt64) -> OutstandingRequests.ID { .init(origin: 2, request: number) }
        for number in 1...4 as ClosedRange<UInt64> { requests.refused(id(number), with: refused) }
        #expect(requests.knowledge(of: id(1)) == .answered(refused))
        requests.refused(id(5), with: refused)
        #expect(requests.knowledge(of: id(1)) == .nothing)
        #expect(requests.knowledge(of: id(5)) == .answered(refused))
    }

    @Test("operations under way are bounded; what is over is refused as overload")
    func bounded() async throws {
        let worker = await self.started(outstandingLimit: 2)
        self.leader.request([operation(claim("a"), id: 1), operation(claim("b"), id: 2)], id: 1)
        self.leader.request([operation(claim("c"), id: 3)], id: 2)
        let refused = try await self.leader.answer()
        #expect(refused?.response.id == 2)
        guard case .never(let refusal) = refused?.response.answers.first?.outcome else {
            Issue.record("expected a refusal")
            return
        }
        #expect(refusal.reason == .overloaded && refusal.retryAfterMilliseconds != nil)
        for submission in self.operations.submissions { submission.reply(.applied(granted, index: 1)) }
        #expect(try await self.leader.answer()?.response.id == 1)
        self.leader.request([operation(claim("c"), id: 3)], id: 3)
        #expect(await self.operations.submission(2).operation?.id == id(3))
        try await worker.stop()
    }

    @Test("answers to what was submitted still go out after the leadership is lost")
    func stopped() async throws {
        let worker = await self.started()
        self.leader.request([operation(claim("a"))], id: 1)
        let submission = await self.operations.submission(0)
        try await worker.stop()
        submission.reply(.never(Refusal(.notLeader, leader: Leader(id: 2, address: "b:17070"))))
        let answer = try await self.leader.answer()
        #expect(
            answer?.response.answers
                == [.init(slot: 0, outcome: .never(Refusal(.notLeader, leader: Leader(id: 2, address: "b:17070"))))]
        )
    }

    @Test("no time a request may ask for makes it wait longer than a minute")
    func longestDeadline() async throws {
        let worker = await self.started()
        self.leader.request([nil], remaining: .max)
        #expect(await self.operations.submission(0).deadline == self.clock.now + .seconds(60))
        try await worker.stop()
    }
}
