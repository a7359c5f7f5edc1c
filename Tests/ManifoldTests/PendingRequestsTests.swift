import AgentResources
import Leases
import Testing

@testable import LeaseManagerManifold

@Suite struct PendingRequestsTests {
    private let start = Uptime.seconds(100)
    private let here = Outlook(generation: 1, controller: 1, route: .here, globalTime: GlobalTime(milliseconds: 10))
    private let overload = Refusal(.overloaded, retryAfterMilliseconds: 300)

    /// Sent once.
    private func pending(_ commands: LeaseCommand..., needsNotAfter: Bool = false) -> PendingRequests {
        var pending = PendingRequests(deadline: self.start + .seconds(5), notAfterMargin: .seconds(10))
        for (offset, command) in commands.enumerated() {
            pending.add(
                .apply(operation(command, id: UInt64(offset))),
                isNotAfterGiven: false,
                needsNotAfter: needsNotAfter
            )
        }
        #expect(pending.next(now: self.start, outlook: self.here) == .send(.here))
        return pending
    }

    /// What becomes of one request that is answered so and meets its deadline then.
    private func end(_ pending: PendingRequests) -> [SubmissionOutcome?] {
        var pending = pending
        pending.close(.tryAgain)
        return pending.slots.map(\.outcome)
    }

    private func note(
        _ outcome: SubmissionOutcome,
        _ pending: inout PendingRequests,
        of slot: Int = 0,
        leaseEnds: Uptime? = nil
    ) -> Bool {
        pending.note(outcome, of: slot, round: pending.round, now: self.start, leaseEnds: { leaseEnds })
    }

    @Test(
        "what is certainly in no log is never, at the end",
        arguments: [Refusal.Reason.notLeader, .tryAgain, .stopping]
    )
    func never(_ reason: Refusal.Reason) {
        var pending = self.pending(claim("a"))
        #expect(self.note(.never(Refusal(reason)), &pending) == true)
        #expect(!pending.isSettled)
        #expect(self.end(pending) == [.never(Refusal(reason))])
    }

    @Test("guarantee 3: what may be in a log is unknown, whatever later tries were told", arguments: [true, false])
    func unknown(isGivenUp: Bool) {
        var pending = self.pending(claim("a"))
        if isGivenUp {
            pending.phase = .sent(missing: 1, by: .to(Leader(id: 2, address: "")))
            var outlook = self.here
            outlook.generation = 2
            #expect(pending.noteChange(outlook) == true)
            #expect(pending.next(now: self.start, outlook: outlook) == .send(.here))
        } else {
            #expect(self.note(.unknown(Refusal(.stopping)), &pending) == true)
            _ = pending.next(now: self.start, outlook: self.here)
            #expect(pending.noteTime(round: pending.round) == true)
            #expect(pending.next(now: self.start + .seconds(1), outlook: self.here) == .send(.here))
        }
        var other = pending
        #expect(self.note(.never(Refusal(.deadlineExceeded)), &pending) == true)
        #expect(self.end(pending) == [.unknown(Refusal(.deadlineExceeded))])
        #expect(self.note(.never(Refusal(.overloaded)), &other) == true)
        #expect(self.end(other) == [.unknown(Refusal(.overloaded))])
    }

    @Test("guarantee 3: what is on its way at the end is unknown")
    func onItsWay() {
        #expect(self.end(self.pending(claim("a"))) == [.unknown(Refusal(.tryAgain))])
    }

    @Test("a claim refused for load is not sent again")
    func overloadedClaim() {
        var pending = self.pending(claim("a"))
        #expect(self.note(.never(self.overload), &pending) == true)
        #expect(pending.next(now: self.start, outlook: self.here) == .answer)
        #expect(pending.slots[0].outcome == .never(self.overload))
    }

    @Test("an extension refused for load comes again three times, no earlier than told")
    func overloadedExtension() {
        var pending = self.pending(extend("a"))
        var now = self.start
        for _ in 0..<3 {
            #expect(pending.note(.never(self.overload), of: 0, round: pending.round, now: now) == true)
            now += .milliseconds(300)
            #expect(
                pending.next(now: now - .milliseconds(300), outlook: self.here) == .wait(until: now, orChange: false)
            )
            #expect(pending.noteChange(Outlook(generation: 9, controller: 1, route: .here)) == false)
            #expect(pending.next(now: now, outlook: self.here) == .send(.here))
        }
        #expect(pending.note(.never(self.overload), of: 0, round: pending.round, now: now) == true)
        #expect(pending.next(now: now, outlook: self.here) == .answer)
        #expect(pending.slots[0].outcome == .never(self.overload) && pending.retries == 3)
    }

    @Test("an extension is not sent again after the end of its lease, nor anything after its deadline")
    func lease() {
        var pending = self.pending(extend("a"))
        #expect(self.note(.never(self.overload), &pending, leaseEnds: self.start + .milliseconds(299)) == true)
        #expect(pending.slots[0].outcome == .never(self.overload))
        var late = self.pending(.pin(key("a"), entity: "e"))
        let refusal = Refusal(.overloaded, retryAfterMilliseconds: 5_000)
        #expect(self.note(.never(refusal), &late) == true)
        #expect(late.slots[0].outcome == .never(refusal))
    }

    @Test("one refused for load does not hold up the others")
    func mixed() {
        var pending = self.pending(extend("a"), extend("b"))
        #expect(self.note(.never(Refusal(.overloaded, retryAfterMilliseconds: 4_000)), &pending, of: 0) == false)
        #expect(self.note(.never(Refusal(.notLeader)), &pending, of: 1) == true)
        guard case .wait(let instant, true) = pending.next(now: self.start, outlook: self.here) else {
            Issue.record("expected a wait for a change")
            return
        }
        #expect(instant <= self.start + .milliseconds(50))
    }

    @Test("a replica's old clock costs another try with a later limit")
    func expired() {
        var pending = self.pending(claim("a"), needsNotAfter: true)
        #expect(self.note(.applied(.expired, index: 3), &pending) == true)
        #expect(pending.needsNotAfter && !pending.isSettled)
        _ = pending.next(now: self.start, outlook: self.here)
        var later = self.here
        later.globalTime = GlobalTime(milliseconds: 190_000)
        #expect(pending.next(now: self.start + .seconds(1), outlook: later) == .send(.here))
        #expect(pending.slots[0].notAfter == GlobalTime(milliseconds: 200_000))

        var copied = self.pending(claim("a"))
        #expect(self.note(.unknown(Refusal(.stopping)), &copied) == true)
        _ = copied.next(now: self.start, outlook: self.here)
        #expect(copied.next(now: self.start + .seconds(1), outlook: self.here) == .send(.here))
        // The log remembers longer than that: what it calls expired was not applied by any try.
        #expect(self.note(.applied(.expired, index: 3), &copied) == true)
        #expect(copied.slots[0].outcome == .applied(.expired, index: 3))
    }

    @Test("without Raft here nothing is sent, as no notAfter can be chosen; outcomes keep the order of what was asked")
    func order() {
        var none = PendingRequests(deadline: self.start + .seconds(5), notAfterMargin: .seconds(10))
        none.add(.apply(operation(claim("a"), notAfter: 0)), isNotAfterGiven: false, needsNotAfter: true)
        #expect(
            none.next(now: self.start, outlook: Outlook(generation: 1))
                == .wait(until: self.start + .seconds(5), orChange: true)
        )
        #expect(none.slots[0].notAfter == nil)

        var pending = self.pending(claim("a"), claim("b"), claim("c"))
        #expect(self.note(.applied(.notHeld, index: 2), &pending, of: 2) == false)
        #expect(self.note(.never(Refusal(.tryAgain)), &pending, of: 1) == false)
        #expect(self.note(.applied(granted, index: 1), &pending, of: 0) == true)
        #expect(
            self.end(pending) == [
                .applied(granted, index: 1), .never(Refusal(.tryAgain)), .applied(.notHeld, index: 2),
            ]
        )
    }
}
