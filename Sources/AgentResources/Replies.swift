/// What became of one of several submissions that are answered to one place.
package struct SlotAnswer: Sendable, Hashable {
    /// Which of them, as whoever waits for the answers counts.
    package var slot: Int
    package var outcome: SubmissionOutcome

    package init(slot: Int, outcome: SubmissionOutcome) {
        self.slot = slot
        self.outcome = outcome
    }
}

/// Whoever waits for the answers to the submissions of a call, one object for all of them.
package protocol AnswerTaker: AnyObject, Sendable {
    /// True once nobody waits for the answers any more: what is still queued then is answered `abandoned` and not sealed.
    var isGone: Bool { get }
    /// Takes some of the answers, each exactly once, from any thread; must not block.
    ///
    /// Those of one log entry come together, so that it need not be entered once for each.
    func take(_ answers: [SlotAnswer])
}

/// Where the answer to one submission goes.
package struct ReplyAddress: Sendable {
    fileprivate let taker: any AnswerTaker
    fileprivate let slot: Int

    package init(_ taker: any AnswerTaker, slot: Int) {
        self.taker = taker
        self.slot = slot
    }

    /// Calls `reply` with the answer; must not block.
    package init(for caller: Caller?, _ reply: @escaping @Sendable (SubmissionOutcome) -> Void) {
        self.init(CallingTaker(caller: caller, reply: reply), slot: 0)
    }

    /// One answer for several.
    package init(_ addresses: [ReplyAddress]) { self.init(SharedTaker(addresses: addresses), slot: 0) }

    /// True once nobody waits for the answer any more.
    package var isGone: Bool { self.taker.isGone }

    package func reply(_ outcome: SubmissionOutcome) {
        self.taker.take([SlotAnswer(slot: self.slot, outcome: outcome)])
    }
}

/// Answers on their way to who waits for them: what follows one another to one taker is given together.
package struct ReplyGroups: ~Copyable {
    private var taker: (any AnswerTaker)?
    private var answers: [SlotAnswer] = []

    package init() {}

    /// Answers now or at `give`.
    package mutating func reply(_ outcome: SubmissionOutcome, to address: ReplyAddress) {
        if let taker, taker !== address.taker { self.give() }
        if self.taker == nil { self.taker = address.taker }
        self.answers.append(SlotAnswer(slot: address.slot, outcome: outcome))
    }

    /// Gives what is left; to be called last.
    package mutating func give() {
        self.taker?.take(self.answers)
        self.taker = nil
        self.answers.removeAll()
    }
}

extension [Submission] {
    /// Answers all of them alike.
    package func reply(_ outcome: SubmissionOutcome) {
        var groups = ReplyGroups()
        for submission in self { groups.reply(outcome, to: submission.address) }
        groups.give()
    }
}

private final class CallingTaker: AnswerTaker {
    private let caller: Caller?
    private let reply: @Sendable (SubmissionOutcome) -> Void

    init(caller: Caller?, reply: @escaping @Sendable (SubmissionOutcome) -> Void) {
        self.caller = caller
        self.reply = reply
    }

    var isGone: Bool { self.caller?.isGone ?? false }

    func take(_ answers: [SlotAnswer]) { for answer in answers { self.reply(answer.outcome) } }
}

private final class SharedTaker: AnswerTaker {
    private let addresses: [ReplyAddress]

    init(addresses: [ReplyAddress]) { self.addresses = addresses }

    var isGone: Bool { self.addresses.allSatisfy { $0.isGone } }

    func take(_ answers: [SlotAnswer]) {
        for answer in answers {
            for address in self.addresses { address.reply(answer.outcome) }
        }
    }
}
