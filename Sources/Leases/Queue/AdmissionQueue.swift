/// Operations on their way to the log, by number: bounded, ordered by class, shed in the order of sacrifice, and gone when
/// their deadline passes. `OperationQueue` keeps the operations themselves.
///
/// A pure value: `now` is always an argument, in ticks.
@usableFromInline package struct AdmissionQueue: Sendable {
    /// How many operations and bytes may wait.
    @usableFromInline package struct Bounds: Hashable, Sendable {
        package var critical = 1_024
        package var extend = 65_536
        package var claim = 8_192
        package var read = 8_192
        /// Bytes of everything that waits; claims may fill half of it, extensions seven eighths.
        package var bytes = 32 << 20

        @usableFromInline package init() {}
    }

    /// What left the queue unsealed, with its answer.
    @usableFromInline struct Dropped: Sendable {
        @usableFromInline var slot: Int32
        @usableFromInline var answer: QueueAnswer
    }

    /// Whether an operation was taken, and where it stands.
    @usableFromInline enum Verdict: Sendable {
        case accepted(Int32)
        case refused(RefusalReason, retryAfterMilliseconds: UInt32)
    }

    @usableFromInline enum RefusalReason: Sendable { case full, late, unfair, sacrificed, sloughed }

    let bounds: Bounds
    var slab = QueueSlab()
    var internals = SlotList()
    var critical = EndsHeap()
    var extends = EndsHeap()
    var claims = FairQueue()
    var reads = SlotList()
    /// The oldest queued extension of a lease by a holder, which later ones join.
    var extendsByLease = HashIndex()
    var wheel = DeadlineWheel()
    var pace = Pace()
    var codel = CoDel()
    var hints = [RetryHints](repeating: RetryHints(), count: OperationClass.allCases.count)
    var pressure = ExtendPressure()
    var counters = OperationStatistics()
    /// Everything that waits, answered-with-another included.
    @usableFromInline package internal(set) var count = 0
    @usableFromInline package internal(set) var bytes = 0
    var nextSequence: UInt64 = 0
    var intervalStart: Int64 = 0
    var windowStart: Int64 = 0
    var lastPurge = Int64.min / 2
    /// When a seal last counted as room for extensions.
    var lastRoom = Int64.min / 2
    /// A lower bound of the earliest deadline.
    var earliestDue = Int64.max
    var scratch: ContiguousArray<Int32> = []

    // What a call leaves for its caller to take.
    /// Slots sealed, in order; one that is answered with the one before it is there as its complement.
    @usableFromInline var sealed: ContiguousArray<Int32> = []
    @usableFromInline var dropped: ContiguousArray<Dropped> = []

    @usableFromInline init(bounds: Bounds) { self.bounds = bounds }

    subscript(rank: OperationClass) -> OperationStatistics.Class {
        _read { yield self.counters.classes[rank.rawValue] }
        _modify { yield &self.counters.classes[rank.rawValue] }
    }

    /// Ends an interval when it is time.
    mutating func passTime(to now: Int64) {
        if now - self.windowStart >= self.pace.interval / 2 {
            self.windowStart = now
            if self.pressure.windowEnded() { self.giveUp(now) }
        }
        guard now - self.intervalStart >= self.pace.interval else { return }
        let length = self.pace.interval
        self.intervalStart = now
        self.codel.intervalEnded(target: self.pace.target)
        if self.pressure.intervalEnded(target: self.pace.target, length: length) { self.giveUp(now) }
        for rank in self.hints.indices { self.hints[rank].intervalEnded() }
    }

    /// Nothing of an earlier overload stays.
    mutating func forgetOverload() {
        self.codel.reset()
        for rank in self.hints.indices { self.hints[rank].reset() }
    }
}

extension AdmissionQueue {
    /// An instant in the queue's own unit.
    @usableFromInline static func ticks(_ instant: Duration) -> Int64 { instant.ticks }
}
