package import Leases

/// An operation or a read on its way to the log, with the way its answer goes back.
package struct Submission: Sendable {
    /// What is asked of the log.
    package enum Request: Sendable {
        case apply(LeaseOperation)
        /// A linearizable read: answered with an index, applied on the leader after this was asked, from which on any
        /// replica's state answers truthfully.
        case barrier
    }

    package var request: Request
    /// On `Duration.sinceBoot()`; an operation not sealed by then is answered `never`.
    package var deadline: Uptime
    /// When the lease to be extended ends, as the leader's replica sees it, on `Duration.sinceBoot()`: extensions are
    /// served in this order. `nil` is most urgent: nobody looked.
    package var leaseEnds: Uptime?
    /// Gets exactly one answer; once nobody waits there, what is queued is answered `abandoned` and not sealed.
    package var address: ReplyAddress

    package init(
        request: Request,
        deadline: Uptime,
        leaseEnds: Uptime? = nil,
        address: ReplyAddress
    ) {
        self.request = request
        self.deadline = deadline
        self.leaseEnds = leaseEnds
        self.address = address
    }

    /// - Parameter reply: called exactly once, from any thread; must not block.
    package init(
        request: Request,
        deadline: Uptime,
        leaseEnds: Uptime? = nil,
        caller: Caller? = nil,
        reply: @escaping @Sendable (SubmissionOutcome) -> Void
    ) {
        self.init(
            request: request,
            deadline: deadline,
            leaseEnds: leaseEnds,
            address: ReplyAddress(for: caller, reply)
        )
    }

    package func reply(_ outcome: SubmissionOutcome) { self.address.reply(outcome) }
}

/// The three outcomes an operation can have, and why.
package enum SubmissionOutcome: Sendable, Hashable {
    /// It is in the log and applied; `result` is `nil` for a barrier.
    case applied(OperationResult?, index: UInt64)
    /// It is in no log, now or later.
    case never(Refusal)
    /// It was sealed and its fate is not known here; asking again with the same id tells.
    case unknown(Refusal)
}

/// Why an operation was not applied as far as this controller knows, and when to come back.
package struct Refusal: Sendable, Hashable {
    package enum Reason: String, Sendable, Hashable {
        /// This controller does not lead; `leader` says who does, when known.
        case notLeader = "not-leader"
        /// Nobody leads or nobody consumes operations just now.
        case tryAgain = "try-again"
        /// The operation's deadline passed before it was sealed.
        case deadlineExceeded = "deadline-exceeded"
        /// Too much is queued already.
        case overloaded
        /// Whoever asked has gone before it was sealed.
        case abandoned
        /// The controller is stopping.
        case stopping
    }

    package var reason: Reason
    package var retryAfterMilliseconds: UInt64?
    package var leader: Leader?

    package init(_ reason: Reason, retryAfterMilliseconds: UInt64? = nil, leader: Leader? = nil) {
        self.reason = reason
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.leader = leader
    }
}

/// The controller that leads, as far as known.
package struct Leader: Sendable, Hashable {
    package var id: UInt64
    /// `host:port` of its API server.
    package var address: String

    package init(id: UInt64, address: String) {
        self.id = id
        self.address = address
    }
}

/// The deferred hub between whoever has operations and Raft: a leaf, so both sides can require it.
///
/// Producers submit whether or not anybody consumes; the consumer attaches when it runs and detaches when it stops. An
/// operation that meets no consumer waits no longer than its own deadline and is answered `tryAgain`. Thread-safe.
package protocol Operations: Sendable {
    /// Queues submissions; each is answered exactly once.
    func submit(_ submissions: [Submission])
    /// Whether what waits and `more` may need more than one log entry, or leases are given up, so that it matters when the
    /// leases end that are extended. Cheap, from any thread.
    func needsOrder(for more: [Submission]) -> Bool
    /// Makes `consumer` the one consumer and wakes it if anything is queued.
    func attach(_ consumer: any OperationConsumer)
    /// Takes `consumer` away if it is the one attached.
    func detach(_ consumer: any OperationConsumer)
    /// Hands out what is to go into one log entry now, best first: at most `limit` operations of `byteLimit` bytes, and
    /// every read beside them. Answers what is too late or abandoned. To be called when nothing is in flight: the time
    /// between two calls with something waiting is how fast the consumer is thought to be.
    func seal(limit: Int, byteLimit: Int, now: Uptime) -> SealedSubmissions
    /// Answers everything queued with `outcome`: a follower does not keep what it cannot apply.
    func refuseAll(_ refusal: Refusal)
    /// What can be taken just now. Cheap, from any thread.
    var load: OperationLoad { get }
    /// What was done so far and what waits. Cheap, from any thread.
    var statistics: OperationStatistics { get }
}

/// Whoever puts operations into the log.
package protocol OperationConsumer: AnyObject, Sendable {
    /// Something is queued where nothing was. Called from any thread; must not block.
    func operationsAvailable()
}
