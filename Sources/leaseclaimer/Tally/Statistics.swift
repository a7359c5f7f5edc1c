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
    private(set) var ledger = TenureLedger()
    private(set) var latencies = LatencyTable()

    init(startingAt start: Instant) { self.gap = GrantGap(from: start) }

    /// Counts what happened to a contender at `now`.
    mutating func record(_ note: ContenderNote, lease: Int, contender: Int, now: Instant) {
        switch note {
        case .granted(let token, let until):
            self.claimsGranted += 1
            self.held += 1
            self.gap.close(at: now)
            self.ledger.believe(lease: lease, contender: contender, token: token, now: now, until: until)
        case .extended(let token, let until):
            self.extendsGranted += 1
            self.gap.close(at: now)
            self.ledger.believe(lease: lease, contender: contender, token: token, now: now, until: until)
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

    /// Counts how long an operation took.
    mutating func record(_ sample: LatencySample) {
        self.latencies.record(sample.operation, sample.outcome, sample.duration)
    }

    /// The load ended: what came after the last grant is a gap, too.
    mutating func close(at end: Instant) { self.gap.close(at: end) }

    /// Whether every lease was kept and none was held twice.
    var isClean: Bool {
        self.lost == 0 && self.extendsFailed == 0 && self.ledger.overlaps.isEmpty && self.ledger.tokenViolations == 0
    }
}

/// How long one attempt took.
struct LatencySample: Sendable, Hashable {
    var operation: ContenderOperation
    var outcome: String
    var duration: Duration
}
