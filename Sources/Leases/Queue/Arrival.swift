/// What the queue knows of an operation: enough to order, bound, share and shed it, whatever it is.
@usableFromInline package struct Arrival: Sendable {
    @usableFromInline package var `class`: OperationClass
    /// Hash of the lease and, for an extension, of its holder; extensions with the same one may be coalesced. Zero for
    /// what is never coalesced.
    @usableFromInline package var lease: UInt64
    /// Hash of the model, among which claims are shared out.
    package var model: UInt64
    /// Hash of the operation's id: who comes back when, and whether two extensions are the same one.
    package var id: UInt64
    /// Until when it may be applied: an extension only stands for those that may not be applied later than itself.
    package var validUntil: UInt64
    /// What it takes in a log entry.
    package var bytes: Int
    /// Where its lease stands when only some extensions can be served, 0..<128.
    package var level: UInt8
    /// When the lease to be extended ends; `nil` is most urgent for extensions, and no sooner than its deadline for
    /// critical operations.
    package var leaseEnds: Duration?
    /// When it is too late to seal it.
    package var deadline: Duration

    package init(
        class: OperationClass,
        lease: UInt64 = 0,
        model: UInt64 = 0,
        id: UInt64 = 0,
        validUntil: UInt64 = 0,
        bytes: Int,
        level: UInt8 = 0,
        leaseEnds: Duration? = nil,
        deadline: Duration
    ) {
        self.class = `class`
        self.lease = lease
        self.model = model
        self.id = id
        self.validUntil = validUntil
        self.bytes = bytes
        self.level = level
        self.leaseEnds = leaseEnds
        self.deadline = deadline
    }
}

/// Whether an operation was taken.
@usableFromInline package enum Admission: Hashable, Sendable {
    case accepted
    /// It is in no queue and no log; worth trying again after this long.
    case refused(retryAfterMilliseconds: UInt32)
}

/// How an operation left the queue without being sealed: it is in no log.
@usableFromInline package enum QueueAnswer: Hashable, Sendable {
    /// Its deadline passed.
    case expired
    /// Whoever asked has gone.
    case abandoned
    /// It was taken but others were worth more; worth trying again after this long.
    case refused(retryAfterMilliseconds: UInt32)
}
