import AgentResources
import Leases
import RPC
import Testing

@testable import LeaseTransportManifold

@Suite struct APITransportTests {
    typealias Machine = APITransport.StateMachine

    let outcomes = Outcomes()
    let now = Uptime.seconds(1_000)

    private func submission(
        _ command: LeaseCommand? = claim("db"),
        for time: Duration = .seconds(5),
        from caller: Caller? = nil
    ) -> Submission {
        Submission(
            request: command.map { .apply(operation($0)) } ?? .barrier,
            deadline: self.now + time,
            caller: caller
        ) { [outcomes = self.outcomes] in
            outcomes.append($0)
        }
    }

    /// A machine with a connection to `second`, numbered 1.
    private func connected() -> Machine {
        var machine = Machine()
        _ = machine.leaderChanged(to: second, now: self.now)
        let (isWanted, _) = machine.connected(1, to: second, now: self.now)
        #expect(isWanted)
        return machine
    }

    private func applied(_ request: LeaseRequest, slots: [Int]? = nil) -> LeaseResponse {
        LeaseResponse(
            id: request.id,
            answers: (slots ?? Array(request.items.indices)).map {
                .init(slot: $0, outcome: .applied(granted, index: 4))
            }
        )
    }

    @Test("idle, a submission goes at once; while batches are on their way the others gather and go together")
    func batching() throws {
        var machine = self.connected()
        var sends: [Machine.Send] = []
        for _ in 0..<Machine.window { sends += machine.carry([self.submission()], to: second, now: self.now).sends }
        #expect(sends.map { $0.request.items.count } == [1, 1, 1, 1])
        for _ in 0..<10 { #expect(machine.carry([self.submission()], to: second, now: self.now).sends.isEmpty) }
        #expect(machine.statistics.queued == 10 && machine.statistics.inFlight == 4)
        let next = machine.answered(self.applied(sends[0].request), pending: nil, now: self.now)
        #expect(next.sends.map { $0.request.items.count } == [10])
        #expect(next.replies.count == 1)
    }

    @Test("guarantee 5: a class waits for places of its own: claims on their way hold back no extension")
    func classes() {
        var machine = self.connected()
        for _ in 0..<8 { _ = machine.carry([self.submission()], to: second, now: self.now) }
        let mixed = [
            self.submission(), self.submission(extend("a")), self.submission(nil), self.submission(extend("b")),
        ]
        let sends = machine.carry(mixed, to: second, now: self.now).sends
        #expect(sends.map { $0.request.items.count } == [2, 1])
    }

    @Test("what waits without a connection goes with the first one; another leader's waiters are told of him")
    func connecting() {
        var machine = Machine()
        let first = machine.carry([self.submission()], to: second, now: self.now)
        #expect(first.hasNewTarget && first.sends.isEmpty)
        #expect(!machine.carry([self.submission()], to: second, now: self.now).hasNewTarget)
        let redirected = machine.carry([self.submission()], to: third, now: self.now)
        redirected.replies.give()
        #expect(self.outcomes.all == Array(repeating: .never(Refusal(.notLeader, leader: third)), count: 2))
        #expect(!machine.connected(1, to: second, now: self.now).isWanted)
        let (isWanted, actions) = machine.connected(2, to: third, now: self.now)
        #expect(isWanted && actions.sends.map(\.connection) == [2])
    }

    @Test("guarantee 3: with the connection what was sent is unknown, and what was not waits for the next")
    func lost() {
        var machine = self.connected()
        for _ in 0..<5 { _ = machine.carry([self.submission()], to: second, now: self.now) }
        machine.disconnected(1, now: self.now).replies.give()
        #expect(self.outcomes.all == Array(repeating: .unknown(Refusal(.tryAgain)), count: 4))
        #expect(machine.statistics.queued == 1 && machine.statistics.inFlight == 0)
        let (_, actions) = machine.connected(2, to: second, now: self.now)
        #expect(actions.sends.count == 1 && machine.statistics.reconnects == 1)
        // An answer that crossed the loss fits nothing any more.
        let late = LeaseResponse(id: 1, answers: [.init(slot: 0, outcome: .applied(granted, index: 1))])
        #expect(machine.answered(late, pending: nil, now: self.now).replies.isEmpty)
        #expect(machine.statistics.strayAnswers == 1)
    }

    @Test("a leader who is it again, his connection still there, is sent what comes, and a former one holds no places")
    func thereAndBack() {
        var machine = self.connected()
        for _ in 0..<5 { _ = machine.carry([self.submission()], to: second, now: self.now) }
        let away = machine.carry([self.submission()], to: third, now: self.now)
        #expect(away.sends.isEmpty && away.replies.count == 1)
        let back = machine.carry([self.submission()], to: second, now: self.now)
        #expect(back.sends.map(\.connection) == [1])
        // Refused, what the former one was sent is still certainly not submitted, and counts once.
        machine.failed(1, Refusal(.tryAgain), now: self.now).replies.give()
        #expect(self.outcomes.all.last == .never(Refusal(.tryAgain)))
        let sends = (0..<Machine.window).flatMap { _ in
            machine.carry([self.submission()], to: second, now: self.now).sends
        }
        #expect(sends.count == Machine.window - 1)
        _ = machine.leaderChanged(to: third, now: self.now)
        _ = machine.disconnected(1, now: self.now)
        _ = machine.leaderChanged(to: second, now: self.now)
        #expect(!machine.isConnected)
    }

    @Test("the load is the leader's own word, of the last quarter of a second")
    func load() throws {
        var machine = self.connected()
        let load = OperationLoad(claimRetryAfterMilliseconds: 9)
        let two = (0..<2).flatMap { _ in machine.carry([self.submission()], to: second, now: self.now).sends }
        var response = self.applied(two[0].request)
        response.load = load
        _ = machine.answered(response, pending: nil, now: self.now)
        #expect(machine.load(now: self.now + .milliseconds(249)) == load)
        #expect(machine.load(now: self.now + .milliseconds(250)) == OperationLoad())
        _ = machine.leaderChanged(to: third, now: self.now)
        #expect(machine.load(now: self.now) == OperationLoad())
        response.id = two[1].request.id
        _ = machine.answered(response, pending: nil, now: self.now)
        #expect(machine.load(now: self.now) == OperationLoad())
    }

    @Test("guarantee 3: a request that was dropped without an answer is no refusal")
    func dropped() {
        #expect(Refusal(RPCFailure(code: "", message: "the request was dropped without an answer")) == nil)
        #expect(Refusal(RPCFailure(code: "try again", message: "")) == Refusal(.tryAgain))
    }

    @Test("what is on its way elsewhere sacrifices nothing that waits here")
    func noRoomElsewhere() {
        var pending = PendingSubmissions(limits: .init(operations: 2))
        #expect(pending.append(Carried(self.submission(), since: self.now)).isEmpty)
        let extending = Carried(self.submission(extend("a")), since: self.now)
        #expect(pending.append(extending, elsewhere: 2).count == 1 && pending.count == 1)
    }

    @Test("a leader that cannot be reached: what waits for it was never submitted")
    func unreachable() {
        var machine = Machine()
        _ = machine.carry([self.submission()], to: second, now: self.now)
        machine.dialFailed(second, now: self.now).replies.give()
        #expect(self.outcomes.all == [.never(Refusal(.tryAgain))])
    }

    @Test("refusals come before the rest, which is collected and holds no place meanwhile")
    func collecting() throws {
        var machine = self.connected()
        let many = (0..<3).map { _ in self.submission() }
        let sent = try #require(machine.carry(many, to: second, now: self.now).sends.first)
        let refused = LeaseResponse(
            id: sent.request.id,
            answers: [.init(slot: 1, outcome: .never(Refusal(.overloaded, retryAfterMilliseconds: 9)))],
            load: OperationLoad(claimRetryAfterMilliseconds: 9)
        )
        let early = machine.answered(refused, pending: 77, now: self.now)
        early.replies.give()
        #expect(self.outcomes.all == [.never(Refusal(.overloaded, retryAfterMilliseconds: 9))])
        #expect(early.collects.map(\.pending) == [77] && early.collects.map(\.batch) == [sent.request.id])
        #expect(machine.load(now: self.now).claimRetryAfterMilliseconds == 9)
        for _ in 0..<Machine.window {
            #expect(machine.carry([self.submission()], to: second, now: self.now).sends.count == 1)
        }
        machine.answered(self.applied(sent.request, slots: [0, 2]), pending: nil, now: self.now).replies.give()
        #expect(self.outcomes.count == 3)
    }

    @Test("guarantee 3: a batch the facade refuses was never submitted; one whose rest cannot be collected is unknown")
    func failures() throws {
        var machine = self.connected()
        let first = try #require(machine.carry([self.submission()], to: second, now: self.now).sends.first)
        let failure = RPCFailure(
            code: "not leader",
            message: "not leader",
            info: ["server-address": "controller-3:17070", "server-id": "3"]
        )
        machine.failed(first.request.id, Refusal(failure), now: self.now).replies.give()
        #expect(self.outcomes.all == [.never(Refusal(.notLeader, leader: third))])
        let two = [self.submission(), self.submission()]
        let next = try #require(machine.carry(two, to: second, now: self.now).sends.first)
        machine.answered(self.applied(next.request, slots: [0]), pending: 7, now: self.now).replies.give()
        machine.failed(next.request.id, Refusal(.tryAgain), now: self.now).replies.give()
        #expect(self.outcomes.all.last == .unknown(Refusal(.tryAgain)))
        #expect(machine.statistics.inFlight == 0)
    }

    @Test("deadlines: never for what waits, unknown for what was sent, each once")
    func deadlines() throws {
        var machine = self.connected()
        for _ in 0..<5 { _ = machine.carry([self.submission(for: .seconds(1))], to: second, now: self.now) }
        let deadline = self.now + .seconds(1)
        #expect(machine.nextInstant == deadline)
        machine.passed(now: deadline).replies.give()
        #expect(self.outcomes.all == [.never(Refusal(.deadlineExceeded))])
        #expect(machine.nextInstant == deadline + Machine.grace)
        machine.passed(now: deadline + Machine.grace).replies.give()
        #expect(self.outcomes.count == 5 && self.outcomes.all.last == .unknown(Refusal(.deadlineExceeded)))
        #expect(machine.nextInstant == nil)
        #expect(machine.statistics[.claim, .responseTimeout].count == 4)
        #expect(machine.statistics[.claim, .deliveryTimeout].count == 1)
    }

    @Test("guarantee 5: without room claims are refused with a time to come back, and extensions take their place")
    func bounded() {
        var machine = Machine(limits: .init(operations: 2))
        _ = machine.carry([self.submission(), self.submission()], to: second, now: self.now)
        machine.carry([self.submission(extend("a"))], to: second, now: self.now).replies.give()
        #expect(
            self.outcomes.all
                == [.never(Refusal(.overloaded, retryAfterMilliseconds: Ledger.retryAfterMilliseconds))]
        )
        #expect(machine.statistics.dropped == 1)
    }

    @Test("whoever has gone sends nothing any more")
    func gone() {
        var machine = Machine()
        let caller = Caller()
        let submission = self.submission(from: caller)
        _ = machine.carry([submission], to: second, now: self.now)
        caller.leave()
        let (_, actions) = machine.connected(1, to: second, now: self.now)
        actions.replies.give()
        #expect(actions.sends.isEmpty && self.outcomes.all == [.never(Refusal(.abandoned))])
    }

    @Test("a stop answers everything, and what comes after it at once")
    func stopped() {
        var machine = self.connected()
        for _ in 0..<5 { _ = machine.carry([self.submission()], to: second, now: self.now) }
        machine.stop(now: self.now).replies.give()
        #expect(self.outcomes.count == 5)
        #expect(self.outcomes.all.filter { $0 == .unknown(Refusal(.tryAgain)) }.count == 4)
        machine.carry([self.submission()], to: second, now: self.now).replies.give()
        #expect(self.outcomes.all.last == .never(Refusal(.tryAgain)))
        #expect(machine.statistics.inFlight == 0 && machine.statistics.queued == 0)
    }
}

@Suite struct Base64Tests {
    @Test("bytes survive as text, whatever their number")
    func roundTrip() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            let text = Base64.encode(bytes)
            #expect(text.utf8.count == (count + 2) / 3 * 4)
            #expect(Base64.decode(text) == bytes)
        }
        #expect(Base64.encode(Array("foob".utf8)) == "Zm9vYg==")
    }

    @Test("other text is refused", arguments: ["a", "abc", "====", "Zm9v=g==", "Zm9vYh==", "Zm9-", "Zm9vYg=é"])
    func refused(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
