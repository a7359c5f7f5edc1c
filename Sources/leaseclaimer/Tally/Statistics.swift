/// Everything a run counts, as a value.
struct Statistics: Sendable {
    private(set) var claimsGranted = 0
    private(set) var claimsDenied = 0
    private(set) var extendsGranted = 0
    /// Attempts at an extension that failed and were followed by another inside the lease.
    private(set) var extendsRetried = 0
    /// Extensions not granted before their holder's safe instant.
    private(set) var extendsFailed = 0
    /// Holders that were none any more although they wanted to be.
    private(set) var lost = 0
    /// Failed attempts of any kind, by operation and reason.
    private(set) var failures: [String: Int] = [:]
    /// Contenders that believe to hold a lease.
    private(set) var held = 0
    private(set) var gap: GrantGap
    private var ledger = TenureLedger()
    /// Spans in which two believed to hold one lease.
    private(set) var overlaps = 0
    /// Grants whose token was not larger than one another holder had before.
    private(set) var tokenViolations = 0

    init(startingAt start: Instant) { self.gap = GrantGap(from: start) }

    /// What an open loop counted.
    init(
        held: HeldLeases,
        claimsGranted: Int,
        extendsGranted: Int,
        extendsFailed: Int,
        failures: [String: Int],
        gap: GrantGap
    ) {
        self.held = held.held
        self.lost = held.lost
        self.tokenViolations = held.tokensOutOfOrder
        self.claimsGranted = claimsGranted
        self.extendsGranted = extendsGranted
        self.extendsFailed = extendsFailed
        self.failures = failures
        self.gap = gap
    }

    /// Counts what happened to a contender at `now`.
    mutating func record(_ note: ContenderNote, lease: Int, contender: Int, now: Instant) {
        switch note {
        case .granted(let token, let until):
            self.claimsGranted += 1
            self.held += 1
            self.gap.close(at: now)
            self.believe(lease: lease, contender: contender, token: token, now: now, until: until)
        case .extended(let token, let until):
            self.extendsGranted += 1
            self.gap.close(at: now)
            self.believe(lease: lease, contender: contender, token: token, now: now, until: until)
        case .denied: self.claimsDenied += 1
        case .failed(let operation, let reason): self.failures["\(operation.rawValue): \(reason)", default: 0] += 1
        case .retried: self.extendsRetried += 1
        case .extendFailed: self.extendsFailed += 1
        case .lost(let reason):
            self.lost += 1
            self.held -= 1
            self.failures["lost: \(reason)", default: 0] += 1
            self.ledger.disbelieve(lease: lease, contender: contender, now: now)
        case .released:
            self.held -= 1
            self.ledger.disbelieve(lease: lease, contender: contender, now: now)
        }
    }

    /// Counts what happened to one of Juju's units at `now`: it knows no token, and its belief ends with its lease.
    mutating func record(_ note: JujuHolder.Note, now: Instant) {
        switch note {
        case .claimed:
            self.claimsGranted += 1
            self.held += 1
            self.gap.close(at: now)
        case .extended:
            self.extendsGranted += 1
            self.gap.close(at: now)
        case .lost:
            self.lost += 1
            self.held -= 1
        case .denied: self.claimsDenied += 1
        case .unblocked: break
        case .blockFailed(let reason): self.failures["wait: \(reason)", default: 0] += 1
        case .claimFailed(let reason): self.failures["claim: \(reason)", default: 0] += 1
        }
    }

    private mutating func believe(lease: Int, contender: Int, token: UInt64, now: Instant, until: Instant) {
        self.ledger.believe(lease: lease, contender: contender, token: token, now: now, until: until)
        self.overlaps = self.ledger.overlaps.count
        self.tokenViolations = self.ledger.tokenViolations
    }

    /// The load ended: what came after the last grant is a gap, too.
    mutating func close(at end: Instant) { self.gap.close(at: end) }

    /// Adds what another loop counted: its leases are others than these.
    mutating func merge(_ other: Statistics) {
        self.claimsGranted += other.claimsGranted
        self.claimsDenied += other.claimsDenied
        self.extendsGranted += other.extendsGranted
        self.extendsRetried += other.extendsRetried
        self.extendsFailed += other.extendsFailed
        self.lost += other.lost
        self.held += other.held
        for (reason, count) in other.failures { self.failures[reason, default: 0] += count }
        // The longer of two: neither loop saw the other's grants.
        if other.gap.longest > self.gap.longest { self.gap = other.gap }
        self.overlaps += other.overlaps
        self.tokenViolations += other.tokenViolations
    }

    func merging(_ other: Statistics) -> Statistics {
        var merged = self
        merged.merge(other)
        return merged
    }

    /// Whether every lease was kept and none was held twice.
    var isClean: Bool { self.problems.isEmpty }

    /// Which promises were not kept, a sentence each.
    var problems: [String] {
        var problems: [String] = []
        if self.lost > 0 { problems.append("\(self.lost) leases were lost by their holders.") }
        if self.extendsFailed > 0 { problems.append("\(self.extendsFailed) extensions failed within their lease.") }
        if self.overlaps > 0 { problems.append("\(self.overlaps) times two believed to hold one lease.") }
        if self.tokenViolations > 0 { problems.append("\(self.tokenViolations) tokens were out of order.") }
        return problems
    }
}
