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

    fileprivate struct Tenure: Sendable {
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

    fileprivate struct History: Sendable {
        var tenures: [Tenure] = []
        var highestToken: (token: UInt64, contender: Int)?
    }

    /// More than can be of interest at one time: older tenures ended long ago.
    fileprivate static let kept = 16

    private var histories: [Int: History] = [:]
    private(set) var overlaps: [Overlap] = []
    /// Grants whose token was not larger than one another holder had before.
    private(set) var tokenViolations = 0

    /// A grant or an extension arrived at `now`.
    mutating func believe(lease: Int, contender: Int, token: UInt64, now: Instant, until: Instant) {
        let (isViolation, spans) = self.histories[lease, default: History()]
            .believe(lease: lease, contender: contender, token: token, now: now, until: until)
        if isViolation { self.tokenViolations += 1 }
        if !spans.isEmpty { self.overlaps += spans }
    }

    /// The contender learnt at `now` that it holds the lease no more, or gives it back.
    mutating func disbelieve(lease: Int, contender: Int, now: Instant) {
        guard let last = self.histories[lease]?.tenures.lastIndex(where: { $0.contender == contender }),
            let until = self.histories[lease]?.tenures[last].until
        else { return }
        self.histories[lease]?.tenures[last].until = min(until, now)
    }
}

extension TenureLedger.History {
    /// Enters a grant or an extension, in place; says whether its token is out of order, and which overlaps it makes.
    fileprivate mutating func believe(
        lease: Int,
        contender: Int,
        token: UInt64,
        now: Instant,
        until: Instant
    ) -> (isViolation: Bool, overlaps: [TenureLedger.Overlap]) {
        let isViolation = self.isViolated(token, contender)
        let index: Int
        if let last = self.tenures.lastIndex(where: { $0.contender == contender }),
            self.tenures[last].until >= now
        {
            self.tenures[last].until = max(self.tenures[last].until, until)
            self.tenures[last].token = token
            index = last
        } else {
            if self.tenures.count == TenureLedger.kept { self.tenures.removeFirst() }
            self.tenures.append(TenureLedger.Tenure(contender: contender, token: token, from: now, until: until))
            index = self.tenures.count - 1
        }
        return (isViolation, self.overlaps(of: index, lease))
    }

    private mutating func isViolated(_ token: UInt64, _ contender: Int) -> Bool {
        guard let highest = self.highestToken, token <= highest.token else {
            self.highestToken = (token, contender)
            return false
        }
        return token < highest.token || contender != highest.contender
    }

    private mutating func overlaps(of index: Int, _ lease: Int) -> [TenureLedger.Overlap] {
        let tenure = self.tenures[index]
        var overlaps: [TenureLedger.Overlap] = []
        for other in self.tenures.indices where self.tenures[other].contender != tenure.contender {
            guard let span = tenure.overlap(with: self.tenures[other]) else { continue }
            guard !tenure.isOverlapping || !self.tenures[other].isOverlapping else { continue }
            self.tenures[index].isOverlapping = true
            self.tenures[other].isOverlapping = true
            overlaps.append(
                TenureLedger.Overlap(
                    lease: lease,
                    contenders: [self.tenures[other].contender, tenure.contender],
                    tokens: [self.tenures[other].token, tenure.token],
                    from: span.from,
                    until: span.until
                )
            )
        }
        return overlaps
    }
}
