import AgentResources

/// A submission in a transport's hands.
struct Carried: Sendable {
    var submission: Submission
    /// When it was taken, for the statistics.
    var since: Uptime
    /// Its `approximateBytes`, looked up once.
    let bytes: Int

    init(submission: Submission, since: Uptime) {
        self.submission = submission
        self.since = since
        self.bytes = submission.approximateBytes
    }
}

/// An answer a transport owes, given outside its lock.
struct OwedReply: Sendable {
    var address: ReplyAddress
    var outcome: SubmissionOutcome
}

extension [OwedReply] {
    func give() {
        var groups = ReplyGroups()
        for reply in self { groups.reply(reply.outcome, to: reply.address) }
        groups.give()
    }
}
