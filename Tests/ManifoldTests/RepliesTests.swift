import AgentResources
import Leases
import NIOConcurrencyHelpers
import Testing

@Suite struct RepliesTests {
    private final class Taker: AnswerTaker {
        private let taken = NIOLockedValueBox<[[SlotAnswer]]>([])
        let isGone: Bool

        init(isGone: Bool = false) { self.isGone = isGone }

        func take(_ answers: [SlotAnswer]) { self.taken.withLockedValue { $0.append(answers) } }

        /// The slots of each time something was given.
        var slots: [[Int]] { self.taken.withLockedValue { $0.map { $0.map(\.slot) } } }
    }

    @Test("answers to one call that follow one another are given together, and each once")
    func groups() {
        let (one, other) = (Taker(), Taker())
        var groups = ReplyGroups()
        for (taker, slot) in [(one, 0), (one, 1), (other, 0), (one, 2), (one, 3)] {
            groups.reply(.applied(nil, index: 1), to: ReplyAddress(taker, slot: slot))
        }
        groups.give()
        groups.give()
        #expect(one.slots == [[0, 1], [2, 3]])
        #expect(other.slots == [[0]])
    }

    @Test("one address for several answers all of them, and nobody waits there once all have gone")
    func shared() {
        let (one, other) = (Taker(isGone: true), Taker())
        let address = ReplyAddress([ReplyAddress(one, slot: 4), ReplyAddress(other, slot: 5)])
        #expect(!address.isGone)
        #expect(ReplyAddress([ReplyAddress(one, slot: 4)]).isGone)
        address.reply(.never(Refusal(.tryAgain)))
        #expect(one.slots == [[4]] && other.slots == [[5]])
    }

    @Test("a reply that is a closure is called once, and is gone with its caller")
    func closure() {
        let outcomes = Outcomes()
        let caller = Caller()
        let submission = Submission(request: .barrier, deadline: .zero, caller: caller) { outcomes.append($0) }
        #expect(!submission.address.isGone)
        submission.reply(.applied(nil, index: 3))
        caller.leave()
        #expect(submission.address.isGone)
        #expect(outcomes.all == [.applied(nil, index: 3)])
    }
}
