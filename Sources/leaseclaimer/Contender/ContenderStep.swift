import HoldfastClient

/// What a contender wants done next; its driver does it and brings back the event.
enum ContenderStep: Sendable, Hashable {
    /// Claim the lease. The end of the run does not interrupt an attempt that was begun.
    case claim(timeout: TimeSpan)
    /// Extend the lease; not interrupted either.
    case extend(timeout: TimeSpan)
    /// Wait for the lease to be free; the end of the run interrupts it.
    case wait(timeout: TimeSpan)
    /// Give the lease back.
    case revoke(timeout: TimeSpan)
    /// Sleep; the end of the run interrupts it.
    case rest(until: Instant)
    /// Sleep, whatever happens: a lease hangs on the next attempt.
    case retry(at: Instant)
    /// Nothing more.
    case finished
}

/// What happened to a contender.
enum ContenderEvent: Sendable, Hashable {
    case begin
    /// The claim, extension or revocation sent at `sent` was answered.
    case answered(ContenderAnswer, sent: Instant)
    /// The wait is over: the lease was seen free, or it is still held.
    case waited(free: Bool)
    /// The attempt ended without an answer that makes sense; it may have been carried out all the same.
    case failed(reason: String)
    /// The sleep is over.
    case woke
    /// The run is over.
    case end
}

/// A controller's answer to an operation.
struct ContenderAnswer: Sendable, Hashable {
    var outcome: LeaseOutcome
    var token: UInt64?
    var reason: String?
    var retryAfter: TimeSpan?
    /// When the controller would like the next extension, counted from now.
    var nextRenewal: TimeSpan?
}

/// What a contender tried, as it is counted.
enum ContenderOperation: String, Sendable, Hashable, CaseIterable {
    case claim, extend, wait, revoke
}

/// What is worth counting.
enum ContenderNote: Sendable, Hashable {
    /// A claim was granted: the contender believes it holds the lease until `safeUntil`.
    case granted(token: UInt64, safeUntil: Instant)
    /// A claim was denied, since another holds the lease.
    case denied
    /// An extension was granted.
    case extended(token: UInt64, safeUntil: Instant)
    /// An attempt failed: it has no answer, or one that is neither a grant nor a denial.
    case failed(ContenderOperation, reason: String)
    /// The extension is tried once more inside the lease.
    case retried
    /// An extension was not granted before the holder's safe instant, with all its attempts.
    case extendFailed
    /// The holder is none any more although it wanted to be.
    case lost(reason: String)
    /// The holder is about to give the lease back.
    case released
}

/// What a contender answers to an event.
struct ContenderTurn: Sendable, Hashable {
    var notes: [ContenderNote] = []
    var step: ContenderStep
}
