import AgentResources
import Consensus
import Leases

/// The batch on its way through the log, and the clock batches are stamped with.
struct SealedBatches {
    private struct InFlight {
        var tag: UInt64
        var sealed: Uptime
        /// Of the operations in their order, then of the reads.
        var operations: [ReplyAddress]
        var reads: [ReplyAddress]
    }

    private var inFlight: InFlight?
    private var lastTag: UInt64 = 0
    /// The clock of the term this node serves in.
    private var base: (term: Term, clock: ClockBase)?

    /// Nothing sealed waits for its answer.
    var isIdle: Bool { self.inFlight == nil }

    /// This node serves in `term` from `now` on, with the machine's time at `globalTime`.
    mutating func serves(in term: Term, globalTime: GlobalTime, now: Uptime) {
        guard self.base?.term != term else { return }
        self.base = (term, ClockBase(globalTime: globalTime, now: now))
    }

    mutating func stopsServing() { self.base = nil }

    /// What a batch sealed now says the time is; `nil` when this node does not serve.
    func globalTime(now: Uptime) -> GlobalTime? { self.base?.clock.globalTime(at: now) }

    /// The clock of the term this node serves in; `nil` when it does not.
    var clock: ClockBase? { self.base?.clock }

    /// When the batch with `tag` was sealed, if it is in flight.
    func sealedAt(_ tag: UInt64) -> Uptime? {
        guard let batch = self.inFlight, batch.tag == tag else { return nil }
        return batch.sealed
    }

    /// Notes what was sealed; returns the tag to propose it with.
    mutating func begin(_ submissions: [Submission], now: Uptime) -> UInt64 {
        self.lastTag += 1
        var (operations, reads): ([ReplyAddress], [ReplyAddress]) = ([], [])
        operations.reserveCapacity(submissions.count)
        for submission in submissions {
            switch submission.request {
            case .apply: operations.append(submission.address)
            case .barrier: reads.append(submission.address)
            }
        }
        self.inFlight = InFlight(tag: self.lastTag, sealed: now, operations: operations, reads: reads)
        return self.lastTag
    }

    /// Answers the batch that was proposed with `tag`. `results` is one an operation, barriers have none.
    mutating func applied(tag: UInt64, index: LogIndex, results: [OperationResult]?) {
        guard let batch = self.take(tag) else { return }
        var groups = ReplyGroups()
        for (place, address) in batch.operations.enumerated() {
            groups.reply(Self.outcome(place, results, index), to: address)
        }
        for address in batch.reads { groups.reply(.applied(nil, index: index), to: address) }
        groups.give()
    }

    private static func outcome(_ place: Int, _ results: [OperationResult]?, _ index: LogIndex) -> SubmissionOutcome {
        // An entry no replica could read changed nothing on any.
        guard let results else { return .never(Refusal(.tryAgain)) }
        return place < results.count ? .applied(results[place], index: index) : .unknown(Refusal(.tryAgain))
    }

    /// Answers the batch that was proposed with `tag`.
    mutating func failed(tag: UInt64, _ outcome: SubmissionOutcome) {
        guard let batch = self.take(tag) else { return }
        var groups = ReplyGroups()
        for address in batch.operations + batch.reads { groups.reply(outcome, to: address) }
        groups.give()
    }

    /// Answers whatever is in flight.
    mutating func fail(_ outcome: SubmissionOutcome) {
        guard let tag = self.inFlight?.tag else { return }
        self.failed(tag: tag, outcome)
    }

    private mutating func take(_ tag: UInt64) -> InFlight? {
        guard let batch = self.inFlight, batch.tag == tag else { return nil }
        self.inFlight = nil
        return batch
    }
}
