/// What the machine remembers of the past: the last transitions of all manifolds, and of each how long it took to start
/// and to stop.
///
/// A transition costs a store or two, whatever the number of manifolds. The ring is bounded; the first start and the last
/// durations are kept for each manifold besides, in 40 bytes, so that no flapping worker pushes them out.
struct TransitionJournal: Sendable {
    struct Entry: Sendable {
        var at: Moment
        var manifold: Int32
        var generation: Int32
        var kind: EngineEvent.Kind
        /// Whether another attempt is already arranged.
        var retries: Bool
    }

    struct Times: Sendable {
        /// The first instance: its start function was called, it was ready.
        var firstBegan = Moment.never
        var firstReady = Moment.never
        /// The instance under way: its start function was called, or it was asked to stop.
        var since = Moment.never
        /// The last durations measured, in microseconds; `unmeasured` where none was.
        var startMicroseconds = Self.unmeasured
        var stopMicroseconds = Self.unmeasured

        static let unmeasured = UInt32.max
        var start: Duration? { Self.duration(self.startMicroseconds) }
        var stop: Duration? { Self.duration(self.stopMicroseconds) }

        private static func duration(_ microseconds: UInt32) -> Duration? {
            microseconds == Self.unmeasured ? nil : .microseconds(Int64(microseconds))
        }
    }

    static let capacity = 4_096

    private var ring: [Entry] = []
    /// Transitions in all; those beyond the ring's capacity are forgotten.
    private(set) var count = 0
    private(set) var times: [Times] = []
    private(set) var runAt: Moment?
    /// When nothing was starting any more for the first time after `run`.
    private(set) var startSettledAt: Moment?
    private var hasBegun = false

    var forgotten: Int { max(self.count - Self.capacity, 0) }

    /// The transitions still known, oldest first.
    var entries: [Entry] {
        guard self.count > Self.capacity else { return self.ring }
        let oldest = self.count % Self.capacity
        return Array(self.ring[oldest...] + self.ring[..<oldest])
    }

    subscript(id: ManifoldID) -> Times { id < self.times.count ? self.times[id] : Times() }

    /// When the first start was over: nothing was starting any more, and what says itself when it is ready, and what waited
    /// for that, had said so in good time: within a quarter of a second, or within as long again as it all took before.
    var startEnd: Moment? {
        guard let settled = self.startSettledAt, let run = self.runAt else { return nil }
        var end = settled
        for ready in self.times.lazy.map(\.firstReady).filter({ $0 > settled }).sorted() {
            guard ready.duration(since: end) <= max(.milliseconds(250), end.duration(since: run)) else { break }
            end = ready
        }
        return end
    }

    mutating func record(_ kind: EngineEvent.Kind, _ id: ManifoldID, generation: Int, retries: Bool, now: Duration) {
        let at = Moment(now)
        let entry = Entry(
            at: at,
            manifold: Int32(truncatingIfNeeded: id),
            generation: Int32(truncatingIfNeeded: generation),
            kind: kind,
            retries: retries
        )
        if self.ring.count < Self.capacity {
            self.ring.append(entry)
        } else {
            self.ring[self.count % Self.capacity] = entry
        }
        self.count += 1
        self.measure(kind, id, at)
    }

    mutating func noteRun(now: Duration) {
        if self.runAt == nil { self.runAt = Moment(now) }
    }

    /// Called after each transition; the first quiet moment after the first start is the end of that start.
    mutating func noteSettled(now: Duration) {
        if self.hasBegun, self.startSettledAt == nil { self.startSettledAt = Moment(now) }
    }

    private mutating func measure(_ kind: EngineEvent.Kind, _ id: ManifoldID, _ at: Moment) {
        switch kind {
        case .installed:
            if id >= self.times.count {
                self.times.append(contentsOf: repeatElement(Times(), count: id + 1 - self.times.count))
            } else {
                self.times[id] = Times()
            }
        case .starting:
            self.hasBegun = true
            if self.times[id].firstBegan.isNever { self.times[id].firstBegan = at }
            self.times[id].since = at
        case .ready:
            if self.times[id].firstReady.isNever { self.times[id].firstReady = at }
            self.times[id].startMicroseconds = Self.microseconds(from: self.times[id].since, to: at)
        case .stopping: self.times[id].since = at
        case .stopped: self.times[id].stopMicroseconds = Self.microseconds(from: self.times[id].since, to: at)
        case .started, .failed, .bounced, .finished, .parked, .resumed, .abandoned, .uninstalled, .engine: break
        }
    }

    /// An hour and more is kept as an hour: what takes as long waits for something else.
    private static func microseconds(from: Moment, to: Moment) -> UInt32 {
        guard !from.isNever, to >= from else { return Times.unmeasured }
        let duration = to.duration(since: from)
        guard duration < .seconds(3600) else { return 3_600_000_000 }
        return UInt32((duration.attoseconds + 500_000_000_000) / 1_000_000_000_000)
    }
}
