import AgentResources
import Leases

/// What became of some requests so far, and which of them to send again: the retry rules, as a value.
///
/// - *notLeader*, *tryAgain* and *stopping* are sent again; so is what got no answer or an unknown outcome, with the
///   same id, which the replicated state applies once.
/// - Overload is final for claims; anything else comes again up to three times, after the time it was told.
/// - What may be in a log is never called `never`: guarantee 3.
struct PendingRequests {
    /// How often a request other than a claim is sent again after a refusal for load.
    static let overloadRetries = 3

    private struct Slot {
        var request: Submission.Request
        var outcome: SubmissionOutcome?
        /// A copy may be in a log, so that only an answer from the log can settle it.
        var mayBeSealed = false
        var overloads = 0
        var lastRefusal: Refusal?
        /// Its `notAfter` was chosen with its id: others may have sent it too, so it stays.
        var isNotAfterGiven = false
        /// Its `notAfter` came from a replica too far behind.
        var needsNotAfter = false

        var isClaim: Bool {
            if case .apply(let operation) = self.request, case .claim = operation.command { return true }
            return false
        }
    }

    private var slots: [Slot]
    /// When what was refused for load may come again.
    private(set) var retryAfter: Duration?
    /// Who was said to lead by the last to refuse.
    private(set) var leaderHint: Leader?

    init(_ requests: [Submission.Request] = []) {
        self.slots = requests.map { Slot(request: $0) }
    }

    /// Takes one more request, with whether its `notAfter` came with its id or was chosen here.
    mutating func add(_ request: Submission.Request, isNotAfterGiven: Bool) {
        self.slots.append(Slot(request: request, isNotAfterGiven: isNotAfterGiven))
    }

    /// Places without a final outcome.
    var open: [Int] { self.slots.indices.filter { self.slots[$0].outcome == nil } }
    var isSettled: Bool { self.slots.allSatisfy { $0.outcome != nil } }

    subscript(index: Int) -> Submission.Request { self.slots[index].request }

    /// True when a request met a global time past its `notAfter` before it was ever in a log.
    var needsNotAfter: Bool { self.slots.contains { $0.needsNotAfter } }

    /// Gives those requests a later `notAfter`; safe because no copy of them was applied or ever will be.
    mutating func setNotAfter(_ notAfter: GlobalTime) {
        for index in self.slots.indices where self.slots[index].needsNotAfter {
            self.slots[index].needsNotAfter = false
            guard case .apply(var operation) = self.slots[index].request else { continue }
            operation.notAfter = max(operation.notAfter, notAfter)
            self.slots[index].request = .apply(operation)
        }
    }

    /// Notes what an attempt brought for the places it carried; `nil` for no answer.
    mutating func note(_ outcomes: [SubmissionOutcome?], of indices: [Int]) {
        self.retryAfter = nil
        self.leaderHint = nil
        var onlyOverload = true
        for (index, outcome) in zip(indices, outcomes) {
            self.note(outcome, of: index)
            if self.slots[index].outcome == nil, self.slots[index].lastRefusal?.reason != .overloaded {
                onlyOverload = false
            }
        }
        // Whatever else is open goes on at once.
        if !onlyOverload { self.retryAfter = nil }
    }

    private mutating func note(_ outcome: SubmissionOutcome?, of index: Int) {
        switch outcome {
        case nil:
            self.slots[index].mayBeSealed = true
            self.slots[index].lastRefusal = nil
        case .unknown(let refusal):
            self.slots[index].mayBeSealed = true
            self.slots[index].lastRefusal = refusal
            self.leaderHint = refusal.leader ?? self.leaderHint
        case .applied(.expired, _):
            if self.slots[index].mayBeSealed {
                // Another copy may have been applied and its result forgotten since.
                self.slots[index].outcome = .unknown(Refusal(.deadlineExceeded))
            } else if self.slots[index].isNotAfterGiven {
                self.slots[index].outcome = outcome
            } else {
                self.slots[index].needsNotAfter = true
                self.slots[index].lastRefusal = Refusal(.deadlineExceeded)
            }
        case .applied:
            self.slots[index].outcome = outcome
        case .never(let refusal):
            self.slots[index].lastRefusal = refusal
            self.leaderHint = refusal.leader ?? self.leaderHint
            switch refusal.reason {
            case .notLeader, .tryAgain, .stopping: break
            case .deadlineExceeded, .abandoned: self.settle(index, refusal)
            case .overloaded: self.noteOverload(refusal, of: index)
            }
        }
    }

    private mutating func noteOverload(_ refusal: Refusal, of index: Int) {
        self.slots[index].overloads += 1
        if self.slots[index].isClaim || self.slots[index].overloads > Self.overloadRetries {
            self.settle(index, refusal)
        } else {
            let wait = Duration.milliseconds(Int64(min(refusal.retryAfterMilliseconds ?? 250, 60_000)))
            self.retryAfter = max(self.retryAfter ?? .zero, wait)
        }
    }

    private mutating func settle(_ index: Int, _ refusal: Refusal) {
        self.slots[index].outcome = self.slots[index].mayBeSealed ? .unknown(refusal) : .never(refusal)
    }

    /// The outcomes there are, in order; one a request once closed.
    var outcomes: [SubmissionOutcome] { self.slots.compactMap(\.outcome) }

    /// Settles what is still open for `reason`, or for what it was last told; returns the outcomes, in order.
    @discardableResult
    mutating func close(_ reason: Refusal.Reason) -> [SubmissionOutcome] {
        for index in self.open {
            let told = self.slots[index].lastRefusal
            self.settle(index, reason == .stopping ? Refusal(.stopping) : told ?? Refusal(reason))
        }
        return self.outcomes
    }
}
