import AgentResources
import Leases
import Testing

@testable import LeaseManagerManifold

@Suite struct PendingRequestsTests {
    private func pending(_ commands: LeaseCommand...) -> PendingRequests {
        PendingRequests(
            commands.enumerated().map { .apply(operation($0.element, id: UInt64($0.offset))) }
        )
    }

    @Test(
        "what is certainly in no log is never, at the end",
        arguments: [Refusal.Reason.notLeader, .tryAgain, .stopping]
    )
    func never(_ reason: Refusal.Reason) {
        var pending = self.pending(claim("a"))
        pending.note([.never(Refusal(reason))], of: [0])
        #expect(pending.open == [0])
        #expect(pending.close(.tryAgain) == [.never(Refusal(reason))])
    }

    @Test(
        "guarantee 3: what may be in a log is unknown, whatever later attempts were told",
        arguments: [nil, .unknown(Refusal(.stopping))] as [SubmissionOutcome?]
    )
    func unknown(_ first: SubmissionOutcome?) {
        var pending = self.pending(claim("a"))
        pending.note([first], of: [0])
        #expect(pending.open == [0])
        var other = pending
        pending.note([.never(Refusal(.deadlineExceeded))], of: [0])
        #expect(pending.close(.tryAgain) == [.unknown(Refusal(.deadlineExceeded))])
        other.note([.never(Refusal(.overloaded))], of: [0])
        #expect(other.close(.tryAgain) == [.unknown(Refusal(.overloaded))])
    }

    @Test("an unknown outcome is settled by a later answer from the log")
    func resolved() {
        var pending = self.pending(claim("a"))
        pending.note([nil], of: [0])
        pending.note([.applied(granted, index: 3)], of: [0])
        #expect(pending.isSettled)
        #expect(pending.close(.tryAgain) == [.applied(granted, index: 3)])
    }

    @Test("a claim refused for load is not sent again")
    func overloadedClaim() {
        var pending = self.pending(claim("a"))
        let refusal = Refusal(.overloaded, retryAfterMilliseconds: 300)
        pending.note([.never(refusal)], of: [0])
        #expect(pending.isSettled)
        #expect(pending.close(.tryAgain) == [.never(refusal)])
    }

    @Test("an extension refused for load comes again three times, no earlier than told")
    func overloadedExtension() {
        var pending = self.pending(extend("a"))
        let refusal = Refusal(.overloaded, retryAfterMilliseconds: 300)
        for _ in 0..<3 {
            pending.note([.never(refusal)], of: [0])
            #expect(pending.open == [0])
            #expect(pending.retryAfter == .milliseconds(300))
        }
        pending.note([.never(refusal)], of: [0])
        #expect(pending.close(.tryAgain) == [.never(refusal)])
    }

    @Test("one refused for load does not hold up the others")
    func mixed() {
        var pending = self.pending(extend("a"), extend("b"))
        pending.note(
            [.never(Refusal(.overloaded, retryAfterMilliseconds: 9_000)), .never(Refusal(.notLeader))],
            of: [0, 1]
        )
        #expect(pending.open == [0, 1])
        #expect(pending.retryAfter == nil)
    }

    @Test("a replica's old clock costs another try with a later limit, unless a copy may have been applied")
    func expired() {
        var pending = self.pending(claim("a"))
        pending.note([.applied(.expired, index: 3)], of: [0])
        #expect(pending.needsNotAfter && pending.open == [0])
        pending.setNotAfter(GlobalTime(milliseconds: 200_000))
        #expect(!pending.needsNotAfter)
        guard case .apply(let sent) = pending[0] else {
            Issue.record("expected an operation")
            return
        }
        #expect(sent.notAfter == GlobalTime(milliseconds: 200_000) && sent.id == id(0))

        var copied = self.pending(claim("a"))
        copied.note([nil], of: [0])
        copied.note([.applied(.expired, index: 3)], of: [0])
        #expect(!copied.needsNotAfter)
        #expect(copied.close(.tryAgain) == [.unknown(Refusal(.deadlineExceeded))])
    }

    @Test("outcomes keep the order of what was asked")
    func order() {
        var pending = self.pending(claim("a"), claim("b"), claim("c"))
        pending.note(
            [.applied(granted, index: 1), .never(Refusal(.tryAgain)), .applied(.notHeld, index: 2)],
            of: [0, 1, 2]
        )
        #expect(pending.open == [1])
        pending.note([.applied(.revoked, index: 3)], of: [1])
        #expect(
            pending.close(.tryAgain) == [
                .applied(granted, index: 1), .applied(.revoked, index: 3), .applied(.notHeld, index: 2),
            ]
        )
    }
}
