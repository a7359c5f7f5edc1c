/// Who believed to hold which lease and when, as every contender of this process saw it: no two may at one instant, and
/// tokens must grow from holder to holder.
///
/// A contender believes from the arrival of a grant until its safe instant, or until it learnt better. News may come out
/// of order by as much as tasks overtake each other.
struct TenureLedger: Sendable {
    /// Two contenders believed to hold one lease.
    struct Overlap: Sendable, Hashable {
        var lease: Int
        var contenders: [Int]
        var tokens: [UInt64]
        var from: Instant
        var until: Instant
    }

    private struct Tenure: Sendable {
        var contender: Int
        var token: UInt64
        var from: Instant
        var until: Instant
        /// Overlaps are counted once.
        var isOverlapping = false

        func overlap(with other: Tenure) -> (from: Instant, until: Instant)? {
            let (from, until) = (max(self.from, other.from), min(self.until, other.until))
            return from < until ? (from, until) : nil
        }
    }

    private struct History: Sendable {
        var tenures: [Tenure] = []
        var highestToken: (token: UInt64, contender: Int)?
    }

    /// More than can be of interest at one time: older tenures ended long ago.
    private static let kept = 16

    private var histories: [Int: History] = [:]
    private(set) var overlaps: [Overlap] = []
    /// Grants whose token was not larger than one another holder had before.
    private(set) var tokenViolations = 0

    /// A grant or an extension arrived at `now`.
    mutating func believe(lease: Int, contender: Int, token: UInt64, now: Instant, until: Instant) {
        // Taken out and put back, so that it is changed in place and not copied.
        var history = self.histories.removeValue(forKey: lease) ?? History()
        defer { self.histories[lease] = history }
        self.check(token, contender, &history)
        let index: Int
        if let last = history.tenures.lastIndex(where: { $0.contender == contender }),
            history.tenures[last].until >= now
        {
            history.tenures[last].until = max(history.tenures[last].until, until)
            history.tenures[last].token = token
            index = last
        } else {
            if history.tenures.count == Self.kept { history.tenures.removeFirst() }
            history.tenures.append(Tenure(contender: contender, token: token, from: now, until: until))
            index = history.tenures.count - 1
        }
        self.compare(index, lease, &history)
    }

    /// The contender learnt at `now` that it holds the lease no more, or gives it back.
    mutating func disbelieve(lease: Int, contender: Int, now: Instant) {
        guard let last = self.histories[lease]?.tenures.lastIndex(where: { $0.contender == contender }),
            let until = self.histories[lease]?.tenures[last].until
        else { return }
        self.histories[lease]?.tenures[last].until = min(until, now)
    }

    private mutating func check(_ token: UInt64, _ contender: Int, _ history: inout History) {
        guard let highest = history.highestToken else {
            history.highestToken = (token, contender)
            return
        }
        if token > highest.token {
            history.highestToken = (token, contender)
        } else if token < highest.token || contender != highest.contender {
            self.tokenViolations += 1
        }
    }

    private mutating func compare(_ index: Int, _ lease: Int, _ history: inout History) {
        let tenure = history.tenures[index]
        for other in history.tenures.indices where history.tenures[other].contender != tenure.contender {
            guard let span = tenure.overlap(with: history.tenures[other]) else { continue }
            guard !tenure.isOverlapping || !history.tenures[other].isOverlapping else { continue }
            history.tenures[index].isOverlapping = true
            history.tenures[other].isOverlapping = true
            self.overlaps.append(
                Overlap(
                    lease: lease,
                    contenders: [history.tenures[other].contender, tenure.contender],
                    tokens: [history.tenures[other].token, tenure.token],
                    from: span.from,
                    until: span.until
                )
            )
        }
    }
}
