import LoadReport

extension LoadResult.ClassCounts {
    /// Adds up what can be added; percentiles cannot.
    mutating func add(_ other: LoadResult.ClassCounts) {
        self.offered += other.offered
        self.started += other.started
        self.notSent += other.notSent
        self.goodput += other.goodput
        self.held += other.held
        self.unknown += other.unknown
        for (reason, count) in other.refused { self.refused[reason, default: 0] += count }
    }
}

extension LoadResult {
    /// Enters what the run was.
    mutating func describe(_ options: LoadOptions, controllers: Int) {
        switch options.kind {
        case .contend: self.mode = .closed
        case .open: self.mode = .open
        case .juju: self.mode = .juju
        }
        self.label = options.label
        self.settings = options.settings
        self.leases = options.leases
        self.contenders = options.contenders
        self.controllers = controllers
    }

    /// Enters promises and totals.
    mutating func take(_ statistics: Statistics, start: Instant) {
        self.held = statistics.held
        self.lost = statistics.lost
        self.failedExtends = statistics.extendsFailed
        self.heldByTwo = statistics.overlaps
        self.tokensOutOfOrder = statistics.tokenViolations
        self.longestGapMilliseconds = statistics.gap.longest.wholeMilliseconds
        self.longestGapEndedMilliseconds = (statistics.gap.endedAt - start).wholeMilliseconds
        self.claimsGranted = statistics.claimsGranted
        self.claimsDenied = statistics.claimsDenied
        self.extendsGranted = statistics.extendsGranted
        self.extendsRetried = statistics.extendsRetried
        self.failures = statistics.failures
        self.verdict.problems = statistics.problems
        self.verdict.isClean = statistics.isClean
    }
}
