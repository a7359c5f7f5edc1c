import AgentResources
import Leases

/// What a transport must know of a submission to answer it.
struct Owed: Sendable {
    let address: ReplyAddress
    let deadline: Uptime
    /// When it was taken, for the statistics.
    let since: Uptime
    let kind: LeaseTransportStatistics.Operation
}

/// A submission in a transport's hands, until it is sent.
struct Carried: Sendable {
    let request: Submission.Request
    let owed: Owed
    /// Its `approximateBytes`, looked up once.
    let bytes: Int
    let operationClass: OperationClass

    init(_ submission: Submission, since: Uptime) {
        self.request = submission.request
        self.owed = Owed(
            address: submission.address,
            deadline: submission.deadline,
            since: since,
            kind: .init(submission.request)
        )
        self.bytes = submission.approximateBytes
        self.operationClass = submission.operationClass
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
