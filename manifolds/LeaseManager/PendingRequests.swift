import AgentResources
import Leases

/// What became of some requests so far, and what to do next: the retry rules, as a value.
///
/// Requests are sent in rounds: all that are open, one way; the next round begins when every one of them is answered.
///
/// - *notLeader*, *tryAgain* and *stopping* are sent again; so is what got no answer or an unknown outcome, with the
///   same id, which the replicated state applies once.
/// - Overload is final for claims, and in calls of several, none of which may wait for another's retry; anything else
///   comes again up to three times, after the time it was told, an extension only while the lease lasts and only if it is
///   not always refused at the present load.
/// - What may be in a log is never called `never`: guarantee 3.
struct PendingRequests: Sendable {
    /// How often a request other than a claim is sent again after a refusal for load.
    static let overloadRetries = 3
    /// How often a `notAfter` chosen here is chosen anew: an id taken out of use is expired whatever it says.
    static let expiredRetries = 6
    /// How often in a row a refusal's word about the leader is followed at once.
    static let hops = 3

    struct Slot: Sendable {
        var request: Submission.Request
        /// Of the command it asks for; a read has none. Known without a look at the command, which lies elsewhere.
        let kind: LeaseStatistics.Kind?
        var outcome: SubmissionOutcome?
        /// The round whose answer is awaited; 0 is none.
        var round: UInt32 = 0
        /// A copy may be in a log, so that only an answer from the log can settle it.
        var mayBeSealed = false
        /// Its `notAfter` was chosen with its id: others may have sent it too, so it stays.
        var isNotAfterGiven = false
        /// It has no `notAfter` yet, or one from a replica too far behind.
        var needsNotAfter = false
        var overloads: UInt8 = 0
        var expirations: UInt8 = 0
        var lastRefusal: Refusal?

        var isClaim: Bool { self.kind == .claim }

        init(_ request: Submission.Request, isNotAfterGiven: Bool, needsNotAfter: Bool) {
            self.request = request
            self.isNotAfterGiven = isNotAfterGiven
            self.needsNotAfter = needsNotAfter
            switch request {
            case .apply(let operation): self.kind = LeaseStatistics.Kind(operation.command)
            case .barrier: self.kind = nil
            }
        }

        /// What it was, or is to be, sent with.
        var notAfter: GlobalTime? {
            guard case .apply(let operation) = self.request else { return nil }
            return self.needsNotAfter && operation.notAfter == .zero ? nil : operation.notAfter
        }
    }

    /// What is going on.
    enum Phase: Sendable, Hashable {
        case deciding
        /// So many answers are missing.
        case sent(missing: Int, by: Route)
        case waiting(orChange: Bool)
        case answered
    }

    let deadline: Uptime
    /// How far ahead of the replica's time a `notAfter` is chosen, in milliseconds.
    let notAfterMargin: UInt64
    var slots: [Slot] = []
    var phase = Phase.deciding
    /// The newest round, or the newest wait.
    var round: UInt32 = 0
    /// The look by which that was decided.
    var generation: UInt64 = 0
    /// Tries beyond each request's first.
    private(set) var retries = 0
    var needsNotAfter = false
    var openCount = 0

    var hopsLeft = Self.hops
    var backOff = BackOff()
    /// The way the newest round went.
    var lastRoute: Route?
    /// The round that ended: when what it left may come again, and who was said to lead by the last to refuse.
    var ended: (retryAfter: Duration?, onlyOverload: Bool, leader: Leader?)?

    init(deadline: Uptime, notAfterMargin: Duration) {
        self.deadline = deadline
        self.notAfterMargin = min(
            UInt64(max(notAfterMargin.wholeMilliseconds, 0)),
            LeaseLimits.notAfterHorizonMilliseconds
        )
    }

    /// Takes one more request.
    ///
    /// - Parameters:
    ///   - isNotAfterGiven: its `notAfter` came with its id.
    ///   - needsNotAfter: it is to be chosen here.
    mutating func add(_ request: Submission.Request, isNotAfterGiven: Bool, needsNotAfter: Bool = false) {
        self.slots.append(Slot(request, isNotAfterGiven: isNotAfterGiven, needsNotAfter: needsNotAfter))
        self.openCount += 1
        if needsNotAfter { self.needsNotAfter = true }
    }

    var isSettled: Bool { self.openCount == 0 }

    /// Gives requests that need one a `notAfter`; safe because no copy of them was applied or ever will be.
    mutating func setNotAfter(by globalTime: GlobalTime) {
        self.needsNotAfter = false
        let chosen = globalTime.advanced(byMilliseconds: self.notAfterMargin)
        for index in self.slots.indices where self.slots[index].needsNotAfter {
            self.slots[index].needsNotAfter = false
            guard case .apply(var operation) = self.slots[index].request else { continue }
            operation.notAfter = max(operation.notAfter, chosen)
            self.slots[index].request = .apply(operation)
        }
    }

    /// Begins a round of everything that is open.
    mutating func beginRound(by route: Route) {
        self.round += 1
        for index in self.slots.indices where self.slots[index].outcome == nil {
            if self.slots[index].mayBeSealed || self.slots[index].lastRefusal != nil { self.retries += 1 }
            self.slots[index].round = self.round
        }
        self.ended = (nil, true, nil)
        self.phase = .sent(missing: self.openCount, by: route)
    }

    /// Settles a place for good; the first outcome counts.
    mutating func settle(_ index: Int, as outcome: SubmissionOutcome) {
        guard self.slots[index].outcome == nil else { return }
        self.slots[index].outcome = outcome
        self.openCount -= 1
    }

    /// Settles a place for a refusal, by what is known of its copies.
    mutating func settle(_ index: Int, refused refusal: Refusal) {
        self.settle(index, as: self.slots[index].mayBeSealed ? .unknown(refusal) : .never(refusal))
    }

    /// Settles what is still open for `reason`, or for what it was last told.
    mutating func close(_ reason: Refusal.Reason) {
        let isFinal = reason == .stopping || reason == .abandoned
        for index in self.slots.indices where self.slots[index].outcome == nil {
            // What is on its way may be in a log by now.
            if case .sent = self.phase, self.slots[index].round == self.round { self.slots[index].mayBeSealed = true }
            let told = self.slots[index].lastRefusal
            let refusal =
                reason == .overloaded
                ? Refusal(.overloaded, retryAfterMilliseconds: OpenCalls.retryAfterMilliseconds) : Refusal(reason)
            self.settle(index, refused: isFinal ? refusal : told ?? refusal)
        }
    }
}
