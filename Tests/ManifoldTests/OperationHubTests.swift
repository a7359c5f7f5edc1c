import AgentResources
import Leases
import NIOConcurrencyHelpers
import Testing

@testable import OperationHubManifold

private final class Consumer: OperationConsumer {
    let wakes = Counter()

    func operationsAvailable() { self.wakes.add() }
}

@Suite(.timeLimit(.minutes(1))) struct OperationHubTests {
    let clock = VirtualClock()

    private func hub(_ bounds: AdmissionQueue.Bounds = .init()) -> OperationHubWorker {
        OperationHubWorker(clock: self.clock, bounds: bounds)
    }

    private func submission(
        _ outcomes: Outcomes,
        _ command: LeaseCommand = claim("db"),
        within time: Duration = .seconds(5),
        from caller: Caller? = nil
    ) -> Submission {
        Submission(request: .apply(operation(command)), deadline: self.clock.now + time, caller: caller) {
            outcomes.append($0)
        }
    }

    @Test("an operation that meets no consumer is answered try again at its deadline")
    func withoutConsumer() async throws {
        let hub = self.hub()
        let worker = RunningWorker(hub)
        let outcomes = Outcomes()
        hub.submit([self.submission(outcomes)])
        self.clock.advance(by: .milliseconds(4_999))
        hub.submit([])
        #expect(outcomes.count == 0)
        self.clock.advance(by: .milliseconds(1))
        await eventually { outcomes.count == 1 }
        #expect(outcomes.all == [.never(Refusal(.tryAgain))])
        try await worker.stop()
        #expect(outcomes.count == 1)
    }

    @Test("an operation its consumer is too slow for is answered deadline exceeded")
    func withConsumer() async throws {
        let hub = self.hub()
        let worker = RunningWorker(hub)
        let consumer = Consumer()
        hub.attach(consumer)
        let outcomes = Outcomes()
        hub.submit([self.submission(outcomes)])
        self.clock.advance(by: .seconds(5))
        await eventually { outcomes.count == 1 }
        #expect(outcomes.all == [.never(Refusal(.deadlineExceeded))])
        #expect(hub.seal(limit: 10, byteLimit: 1 << 20, now: self.clock.now).submissions.isEmpty)
        try await worker.stop()
    }

    @Test("what waits needs an order only when it may not fit one log entry")
    func needsOrder() {
        let hub = self.hub()
        let outcomes = Outcomes()
        func some(_ count: Int, _ name: String = "db") -> [Submission] {
            (0..<count).map { self.submission(outcomes, claim("\(name)-\($0)")) }
        }
        #expect(hub.needsOrder(for: some(1)))
        _ = hub.seal(limit: 20, byteLimit: 2_000, now: self.clock.now)
        #expect(!hub.needsOrder(for: some(15)))
        #expect(hub.needsOrder(for: some(16)))
        #expect(hub.needsOrder(for: some(15, String(repeating: "x", count: 100))), "the bytes to come do not fit")
        hub.submit(some(4))
        #expect(!hub.needsOrder(for: some(11)))
        #expect(hub.needsOrder(for: some(12)))
        hub.submit([self.submission(outcomes, claim(String(repeating: "x", count: 1_400)))])
        #expect(hub.needsOrder(for: some(1)), "the bytes that wait do not fit")
        _ = hub.seal(limit: 20, byteLimit: 2_000, now: self.clock.now)
        #expect(!hub.needsOrder(for: some(15)))
    }

    @Test("a later, shorter deadline is kept too")
    func shorterDeadline() async throws {
        let hub = self.hub()
        let worker = RunningWorker(hub)
        let long = Outcomes()
        let short = Outcomes()
        hub.submit([self.submission(long, within: .seconds(9))])
        hub.submit([self.submission(short, within: .seconds(1))])
        self.clock.advance(by: .seconds(1))
        await eventually { short.count == 1 }
        #expect(long.count == 0)
        self.clock.advance(by: .seconds(8))
        await eventually { long.count == 1 }
        try await worker.stop()
    }

    @Test("the consumer is woken once when something comes where nothing was")
    func edge() {
        let hub = self.hub()
        let consumer = Consumer()
        hub.attach(consumer)
        let outcomes = Outcomes()
        hub.submit([self.submission(outcomes), self.submission(outcomes)])
        hub.submit([self.submission(outcomes)])
        #expect(consumer.wakes.value == 1)
        #expect(hub.seal(limit: 10, byteLimit: 1 << 20, now: self.clock.now).submissions.count == 3)
        hub.submit([self.submission(outcomes)])
        #expect(consumer.wakes.value == 2)
    }

    @Test("a consumer that attaches to a filled hub is woken; one that has gone is not")
    func attaching() {
        let hub = self.hub()
        let consumer = Consumer()
        let stranger = Consumer()
        hub.submit([self.submission(Outcomes())])
        hub.attach(consumer)
        #expect(consumer.wakes.value == 1)
        hub.detach(stranger)
        _ = hub.seal(limit: 10, byteLimit: 1 << 20, now: self.clock.now).submissions
        hub.submit([self.submission(Outcomes())])
        #expect(consumer.wakes.value == 2)
        hub.detach(consumer)
        _ = hub.seal(limit: 10, byteLimit: 1 << 20, now: self.clock.now).submissions
        hub.submit([self.submission(Outcomes())])
        #expect(consumer.wakes.value == 2)
    }

    @Test("guarantee 5: claims are refused before extensions, extensions before the controllers' own leases")
    func orderOfSacrifice() {
        var bounds = AdmissionQueue.Bounds()
        bounds.claim = 1
        bounds.extend = 1
        bounds.critical = 1
        let hub = self.hub(bounds)
        let claims = Outcomes()
        let extensions = Outcomes()
        let singular = Outcomes()
        let own = LeaseCommand.extend(
            key("controller", namespace: "singular-controller"),
            holder: "controller-1",
            milliseconds: 60_000
        )
        hub.submit([self.submission(claims), self.submission(claims)])
        #expect(claims.count == 1)
        hub.submit([self.submission(extensions, extend("db")), self.submission(extensions, extend("db"))])
        #expect(extensions.count == 1)
        hub.submit([self.submission(singular, own)])
        #expect(singular.count == 0)
        for outcome in claims.all + extensions.all {
            guard case .never(let refusal) = outcome else {
                Issue.record("a refused operation is in no log")
                continue
            }
            #expect(refusal.reason == .overloaded)
            #expect((refusal.retryAfterMilliseconds ?? 0) > 0)
        }
        #expect(
            hub.seal(limit: 10, byteLimit: 1 << 20, now: self.clock.now).submissions.compactMap(\.operation?.command)
                == [
                    own, extend("db"), claim("db"),
                ]
        )
    }

    @Test("extensions of one lease by one holder are one operation for as long as any asked for, and all are answered")
    func coalescing() {
        let hub = self.hub()
        let outcomes = [Outcomes(), Outcomes(), Outcomes()]
        for (number, milliseconds) in [30_000, 60_000, 20_000].enumerated() {
            let command = LeaseCommand.extend(key("db"), holder: "app/0", milliseconds: UInt64(milliseconds))
            var submission = self.submission(outcomes[number], command)
            submission.request = .apply(operation(command, id: UInt64(number + 1)))
            hub.submit([submission])
        }
        let sealed = hub.seal(limit: 10, byteLimit: 1 << 20, now: self.clock.now).submissions
        #expect(sealed.count == 1)
        #expect(sealed[0].operation?.command == .extend(key("db"), holder: "app/0", milliseconds: 60_000))
        #expect(sealed[0].operation?.id == id(3))
        #expect(sealed[0].operation?.covers == [id(2), id(1)])
        sealed[0].reply(.applied(.notHeld, index: 7))
        for outcomes in outcomes { #expect(outcomes.all == [.applied(.notHeld, index: 7)]) }
    }

    @Test("extensions are served by when their leases end")
    func leaseEnds() {
        let hub = self.hub()
        for (name, seconds) in [("a", 9), ("b", 3), ("c", 6)] {
            var submission = self.submission(Outcomes(), extend(name))
            submission.leaseEnds = self.clock.now + .seconds(seconds)
            hub.submit([submission])
        }
        hub.submit([self.submission(Outcomes(), extend("d"))])
        let sealed = hub.seal(limit: 10, byteLimit: 1 << 20, now: self.clock.now).submissions
        #expect(sealed.compactMap { $0.operation?.command.key.name } == ["d", "b", "c", "a"])
    }

    @Test("guarantee 3: what a caller that has left has queued is answered never and not sealed")
    func abandoned() {
        let hub = self.hub()
        let outcomes = Outcomes()
        let caller = Caller()
        for command in [claim("a"), extend("b"), extend("b")] {
            hub.submit([self.submission(outcomes, command, from: caller)])
        }
        hub.submit([self.submission(Outcomes(), claim("c"))])
        caller.leave()
        #expect(hub.seal(limit: 10, byteLimit: 1 << 20, now: self.clock.now).submissions.count == 1)
        #expect(outcomes.all == [SubmissionOutcome](repeating: .never(Refusal(.abandoned)), count: 3))
        #expect(hub.statistics[.claim].abandoned == 1)
        #expect(hub.load == OperationLoad())
    }

    @Test("when the hub stops, everything queued and everything later is answered stopping")
    func stopping() async throws {
        let hub = self.hub()
        let worker = RunningWorker(hub)
        let outcomes = Outcomes()
        hub.submit([self.submission(outcomes), self.submission(outcomes)])
        try await worker.stop()
        #expect(outcomes.all == [.never(Refusal(.stopping)), .never(Refusal(.stopping))])
        hub.submit([self.submission(outcomes)])
        #expect(outcomes.count == 3)
        #expect(outcomes.all.last == .never(Refusal(.stopping)))
    }

    @Test("a consumer that cannot apply what is queued has it all answered")
    func refusingAll() {
        let hub = self.hub()
        let outcomes = Outcomes()
        hub.submit([self.submission(outcomes), self.submission(outcomes)])
        let refusal = Refusal(.notLeader, leader: Leader(id: 2, address: "b:17070"))
        hub.refuseAll(refusal)
        #expect(outcomes.all == [.never(refusal), .never(refusal)])
        #expect(hub.seal(limit: 10, byteLimit: 1 << 20, now: self.clock.now).submissions.isEmpty)
    }

    @Test("sealing answers what has passed its deadline instead of handing it out")
    func sealingLate() {
        let hub = self.hub()
        let outcomes = Outcomes()
        hub.submit([self.submission(outcomes, within: .seconds(1)), self.submission(outcomes, within: .seconds(3))])
        #expect(hub.seal(limit: 10, byteLimit: 1 << 20, now: self.clock.now + .seconds(2)).submissions.count == 1)
        #expect(outcomes.all == [.never(Refusal(.deadlineExceeded))])
    }

    @Test("a reply may submit again: replies are called outside the lock")
    func reentrant() async throws {
        let hub = self.hub()
        let worker = RunningWorker(hub)
        let outcomes = Outcomes()
        let again = self.submission(outcomes)
        hub.submit([
            Submission(request: .barrier, deadline: self.clock.now + .seconds(1)) {
                outcomes.append($0)
                hub.submit([again])
            }
        ])
        hub.refuseAll(Refusal(.notLeader))
        #expect(outcomes.count == 1)
        #expect(hub.seal(limit: 1, byteLimit: 1 << 20, now: self.clock.now).submissions.count == 1)
        try await worker.stop()
    }

    @Test("every submission is answered exactly once, whoever is first")
    func exactlyOnce() async throws {
        let hub = self.hub()
        let worker = RunningWorker(hub)
        let consumer = Consumer()
        hub.attach(consumer)
        let total = 2_000
        let replies = NIOLockedValueBox([Int](repeating: 0, count: total))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 0..<total {
                    let deadline = self.clock.now + .milliseconds(number % 7)
                    hub.submit([
                        Submission(request: .barrier, deadline: deadline) { _ in
                            replies.withLockedValue { $0[number] += 1 }
                        }
                    ])
                    if number % 5 == 0 { self.clock.advance(by: .milliseconds(1)) }
                }
            }
            group.addTask {
                for _ in 0..<500 {
                    for submission in hub.seal(limit: 3, byteLimit: 1 << 20, now: self.clock.now).submissions {
                        submission.reply(.applied(nil, index: 1))
                    }
                    await Task.yield()
                }
            }
            group.addTask {
                for _ in 0..<20 {
                    hub.refuseAll(Refusal(.notLeader))
                    await Task.yield()
                }
            }
        }
        try await worker.stop()
        #expect(replies.withLockedValue { $0 } == [Int](repeating: 1, count: total))
    }
}
