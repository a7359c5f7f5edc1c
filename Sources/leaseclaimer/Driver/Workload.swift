import NIOCore

/// What a loop is busy with: decides what is asked, and takes what comes of it. Everything happens on the loop.
protocol Workload: AnyObject {
    /// Appends the call with its frame to what leaves next.
    func write(
        _ call: Call,
        id: UInt64,
        timeout: TimeSpan,
        to buffer: inout ByteBuffer,
        with writer: inout RequestWriter
    )
    /// The controller answered, item by item.
    func answered(_ call: Call, _ items: [AnswerItem], now: Instant)
    /// There is no answer, or one that the call as a whole was refused.
    func failed(_ call: Call, _ failure: CallFailure, now: Instant)
    /// A timer of the workload's own is due.
    func fired(_ index: Int32, generation: UInt32, now: Instant)
    /// A controller has room again for calls on a connection: it answered one that nobody waited for.
    func relieved(_ lane: Int32, now: Instant)
    /// A connection can be used.
    func opened(_ lane: Int32, now: Instant)
    /// A connection is not dialled any more.
    func abandoned(_ lane: Int32, reason: String, now: Instant)
    /// Something may be due that has no timer.
    func turn(now: Instant)
    /// When `turn` must be called at the latest.
    var nextTurn: Instant? { get }
    /// Makes ready what the run needs; `isPrepared` says when it is.
    func prepare(now: Instant)
    var isPrepared: Bool { get }
    /// Why it will never be ready; `nil` while it may be.
    var preparationFailure: String? { get }
    /// The run begins at `start`.
    func begin(at start: Instant, now: Instant)
    /// All that wait try at once.
    func storm(now: Instant)
    /// The run is over: nothing new is begun.
    func end(now: Instant)
    /// Nothing is waited for any more.
    var isDone: Bool { get }
    /// What was promised, and kept or not, until `end`.
    func close(at end: Instant) -> Statistics
    /// Fills in what the counters of the loop do not know.
    func describe(_ second: inout LoopSecond)
}

extension Workload {
    func relieved(_ lane: Int32, now: Instant) {}

    var preparationFailure: String? { nil }
}

/// Why a call has no answer.
struct CallFailure: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// The controller said so: nothing was done.
        case refused
        case timedOut
        case connectionLost
    }

    var kind: Kind
    /// A few words that many failures have in common: it is counted by them.
    var reason: String
    var retryAfter: TimeSpan?
}
