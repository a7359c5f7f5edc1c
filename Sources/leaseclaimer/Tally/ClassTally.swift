import LoadReport

/// What became of one class's operations since somebody last asked.
struct ClassTally: Sendable, Hashable {
    var offered = 0
    var started = 0
    var notSent = 0
    var goodput = 0
    var held = 0
    var unknown = 0
    /// By the reason's number.
    var refused: [Int] = []
    var granted = LatencyBuckets()
    var refusals = LatencyBuckets()

    mutating func refuse(_ reason: UInt8) {
        let reason = Int(reason)
        if reason >= self.refused.count {
            self.refused.append(contentsOf: repeatElement(0, count: reason + 1 - self.refused.count))
        }
        self.refused[reason] += 1
    }
}

/// What one loop did in a second, ready to be added to what the others did.
struct LoopSecond: Sendable {
    /// By the operation's name; reasons in words.
    var classes: [String: Counted] = [:]
    var held = 0
    var lost = 0
    var failedExtends = 0
    var waiting = 0
    var connections = 0
    var outstanding = 0

    /// A class's counts with what percentiles are made of.
    struct Counted: Sendable {
        var counts = LoadResult.ClassCounts()
        var granted = LatencyBuckets()
        var refusals = LatencyBuckets()

        init() {}

        init(_ tally: ClassTally, reasons: ReasonTable) {
            self.counts.offered = tally.offered
            self.counts.started = tally.started
            self.counts.notSent = tally.notSent
            self.counts.goodput = tally.goodput
            self.counts.held = tally.held
            self.counts.unknown = tally.unknown
            for (reason, count) in tally.refused.enumerated() where count > 0 {
                self.counts.refused[reason == 0 ? "refused" : reasons[UInt8(reason)], default: 0] += count
            }
            self.granted = tally.granted
            self.refusals = tally.refusals
        }

        mutating func merge(_ other: Counted) {
            self.counts.offered += other.counts.offered
            self.counts.started += other.counts.started
            self.counts.notSent += other.counts.notSent
            self.counts.goodput += other.counts.goodput
            self.counts.held += other.counts.held
            self.counts.unknown += other.counts.unknown
            for (reason, count) in other.counts.refused { self.counts.refused[reason, default: 0] += count }
            self.granted.merge(other.granted)
            self.refusals.merge(other.refusals)
        }

        /// The counts with their percentiles.
        var finished: LoadResult.ClassCounts {
            var counts = self.counts
            counts.p50 = self.granted.percentile(50)
            counts.p99 = self.granted.percentile(99)
            counts.refusalP99 = self.refusals.percentile(99)
            return counts
        }
    }

    mutating func merge(_ other: LoopSecond) {
        for (name, counted) in other.classes { self.classes[name, default: Counted()].merge(counted) }
        self.held += other.held
        self.lost += other.lost
        self.failedExtends += other.failedExtends
        self.waiting += other.waiting
        self.connections += other.connections
        self.outstanding += other.outstanding
    }

    /// As it goes into the results, without the processes.
    func second(at seconds: Double) -> LoadResult.Second {
        var second = LoadResult.Second()
        second.at = (seconds * 1_000).rounded() / 1_000
        second.classes = self.classes.mapValues(\.finished)
        second.held = self.held
        second.lost = self.lost
        second.failedExtends = self.failedExtends
        second.waiting = self.waiting
        second.connections = self.connections
        second.outstanding = self.outstanding
        return second
    }
}
