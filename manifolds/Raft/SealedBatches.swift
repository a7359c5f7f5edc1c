import AgentResources
import Consensus
import Leases

/// The batch on its way through the log, and the clock batches are stamped with.
struct SealedBatches {
    private struct InFlight {
        var tag: UInt64
        var sealed: Uptime
        var submissions: [Submission]
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
        self.inFlight = InFlight(tag: self.lastTag, sealed: now, submissions: submissions)
        return self.lastTag
    }

    /// Answers the batch that was proposed with `tag`. `results` is one an operation, barriers have none.
    mutating func applied(tag: UInt64, index: LogIndex, results: [OperationResult]?) {
        guard let batch = self.take(tag) else { return }
        var remaining = (results ?? [])[...]
        for submission in batch.submissions {
            switch submission.request {
            case .barrier: submission.reply(.applied(nil, index: index))
            case .apply:
                // An entry no replica could read changed nothing on any.
                submission.reply(
                    remaining.popFirst().map { .applied($0, index: index) } ?? .never(Refusal(.tryAgain))
                )
            }
        }
    }

    /// Answers the batch that was proposed with `tag`.
    mutating func failed(tag: UInt64, _ outcome: SubmissionOutcome) {
        for submission in self.take(tag)?.submissions ?? [] { submission.reply(outcome) }
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
