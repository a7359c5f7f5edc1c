import Leases

/// The promises about leases, checked with every entry the moment the first controller applies it.
///
/// A second, much simpler account of who holds what, which takes the machine's answers and asks of each whether it may
/// be; together with what every holder believes at that true instant.
struct LeaseChecker {
    /// What this account knows of a held lease.
    struct Held {
        var holder: String
        var token: FencingToken
        /// The last instant of the longest promise made.
        var end: GlobalTime
        var isRevoking = false
    }

    private(set) var globalTime = GlobalTime.zero
    private(set) var held: [LeaseKey: Held] = [:]
    private var pins: [LeaseKey: Set<String>] = [:]
    private var lastToken = FencingToken(0)
    /// What every operation was answered first; `expired` and `invalid` are not remembered by the machine either.
    private var results: [OperationID: OperationResult] = [:]
    private(set) var refused: Set<OperationID> = []
    /// Of those, the ones whose askers were told by the machine: a copy may still arrive in a log, without effect.
    private(set) var outOfUse: Set<OperationID> = []
    /// By how much the batch at hand stretches extensions.
    private var stretchPercent: UInt64 = 100
    /// Grants that ended before their time, by their holder's wish or by force.
    private var takenAway: Set<FencingToken> = []
    var beliefs = HolderBeliefs()
    var totals = SimulationTotals()

    /// The machine holds what this account says, to the millisecond: nothing was applied twice, or not at all.
    func compare(_ leases: [(LeaseKey, Lease)]) throws(Violation) {
        guard leases.count == self.held.count else {
            throw Violation("\(leases.count) leases are held instead of \(self.held.count)")
        }
        for (key, lease) in leases { try self.compare(key, lease) }
    }

    /// The same for one key.
    func compare(_ key: LeaseKey, _ lease: Lease?) throws(Violation) {
        let held = self.held[key]
        guard held?.holder == lease?.holder, held?.token == lease?.token else {
            throw Violation("guarantee 1: \(key) is held by \(lease?.holder ?? "nobody") against this account")
        }
        guard held?.end == lease?.end else {
            throw Violation("guarantee 3: \(key) ends at another instant than was granted: an operation was not once")
        }
    }

    /// A client was told *never* about every attempt of this operation.
    mutating func answeredNever(_ id: OperationID, byMachine: Bool) throws(Violation) {
        guard self.results[id] == nil else { throw Violation("operation \(id.low) was answered never, and applied") }
        self.refused.insert(id)
        if byMachine { self.outOfUse.insert(id) }
    }

    /// A client acts on a grant until the true instant `until`.
    ///
    /// Its answer may be late, and the lease taken away on purpose meanwhile: by force, or by an older revoke of its own
    /// that it gave up waiting for.
    mutating func hold(_ key: LeaseKey, _ grant: Grant, until: UInt64, now: UInt64) throws(Violation) {
        guard until > now, !self.takenAway.contains(grant.token) else { return }
        guard let lease = self.held[key], lease.holder == grant.holder, lease.token == grant.token else {
            throw Violation(
                "guarantee 2: \(grant.holder) trusts \(key) until \(until), and \(self.held[key]?.holder ?? "nobody") "
                    + "has it at \(now)"
            )
        }
        self.beliefs.hold(key, by: grant.holder, until: until)
    }

    /// The batch of one entry was applied for the first time, at the true instant `now`.
    mutating func applied(
        _ batch: LeaseBatch,
        _ output: LeaseMachine.Output,
        now: UInt64
    ) throws(Violation) {
        guard !output.isMalformed, output.results.count == batch.operations.count else {
            throw Violation("a batch of \(batch.operations.count) had \(output.results.count) results")
        }
        self.globalTime = max(self.globalTime, batch.clock)
        self.stretchPercent = UInt64(batch.stretchPercent)
        guard output.globalTime == self.globalTime else {
            throw Violation("global time is \(output.globalTime) after a batch, not \(self.globalTime)")
        }
        var events = output.events[...]
        while let event = events.first, self.isDue(event) {
            events.removeFirst()
            try self.ended(event, now: now)
        }
        for (key, lease) in self.held where lease.end < self.globalTime {
            guard lease.isRevoking || self.pins[key]?.isEmpty == false else {
                throw Violation("\(key) of \(lease.holder) should have expired at \(lease.end.milliseconds)")
            }
        }
        for (operation, result) in zip(batch.operations, output.results) {
            try self.applied(operation, result, &events, now: now)
        }
        if let event = events.first { throw Violation("\(event) has no cause") }
    }

    /// Whether an event may stand before the first operation: a lease ends because its time has passed.
    private func isDue(_ event: LeaseEvent) -> Bool {
        guard let lease = self.held[event.key], self.globalTime > lease.end else { return false }
        return switch event {
        case .claimed: false
        case .expired: true
        case .revoked: lease.isRevoking
        }
    }

    /// A lease ended because its time has passed.
    private mutating func ended(_ event: LeaseEvent, now: UInt64) throws(Violation) {
        let lease = try self.holder(of: event)
        switch event {
        case .claimed: throw Violation("\(event) is no end")
        case .expired:
            guard self.pins[event.key]?.isEmpty != false else {
                throw Violation("guarantee 4: \(event.key) is pinned and expired")
            }
            self.totals.expiries += 1
        case .revoked:
            guard lease.isRevoking else { throw Violation("\(event.key) was revoked by nobody") }
            self.totals.revokes += 1
        }
        try self.beliefs.freed(event.key, now: now)
        self.held[event.key] = nil
    }

    private func holder(of event: LeaseEvent) throws(Violation) -> Held {
        let (holder, token) =
            switch event {
            case .claimed(_, let holder, let token), .expired(_, let holder, let token),
                .revoked(_, let holder, let token):
                (holder, token)
            }
        guard let lease = self.held[event.key], lease.holder == holder, lease.token == token else {
            throw Violation("\(event), but that was not held so")
        }
        return lease
    }

    private mutating func applied(
        _ operation: LeaseOperation,
        _ result: OperationResult,
        _ events: inout ArraySlice<LeaseEvent>,
        now: UInt64
    ) throws(Violation) {
        if self.refused.contains(operation.id), result != .expired, !Self.isForgotten(result) {
            throw Violation("guarantee 3: operation \(operation.id.low) was answered never and is in the log")
        }
        if case .invalid(let reason) = result { throw Violation("the machine refused a valid operation: \(reason)") }
        if case .resolve(_, let id, let notAfter) = operation.command {
            return try self.resolved(id, notAfter: notAfter, by: operation, result)
        }
        if !operation.covers.isEmpty, Self.isForgotten(result) {
            // Nothing was applied, as one answer would not be everybody's.
            let isKnown = ([operation.id] + operation.covers).contains {
                self.results[$0] != nil || self.outOfUse.contains($0)
            }
            guard isKnown || operation.notAfter < self.globalTime else {
                throw Violation("a group of new operations was forgotten")
            }
            return
        }
        let news = operation.covers.filter { self.results[$0] == nil && !self.outOfUse.contains($0) }
        if let first = self.results[operation.id] {
            self.totals.duplicates += 1
            if news.isEmpty { return try self.repeated(operation, first, result) }
        }
        if result == .expired || Self.isForgotten(result) {
            let isLate = operation.notAfter < self.globalTime
            guard isLate || self.outOfUse.contains(operation.id) else { throw Violation("expired before its time") }
            return
        }
        guard operation.notAfter >= self.globalTime else { throw Violation("an operation was applied too late") }
        if self.results[operation.id] == nil, !self.outOfUse.contains(operation.id) {
            self.results[operation.id] = result
        }
        for id in news {
            guard !self.refused.contains(id) else {
                throw Violation("guarantee 3: operation \(id.low) was answered never and is covered by another")
            }
            self.results[id] = result
            self.totals.covered += 1
        }
        switch operation.command {
        case .claim(let key, let holder, let milliseconds):
            try self.held(key, holder, milliseconds, result, mayClaim: true, &events, now: now)
        case .extend(let key, let holder, let milliseconds):
            try self.held(key, holder, milliseconds, result, mayClaim: false, &events, now: now)
        case .revoke(let key, let holder, let force):
            try self.revoked(key, holder, force: force, result, &events, now: now)
        case .pin(let key, let entity):
            guard result == .pinned(true) else { throw Violation("guarantee 4: a pin was answered \(result)") }
            self.pins[key, default: []].insert(entity)
        case .unpin(let key, let entity):
            if let entity { self.pins[key]?.remove(entity) } else { self.pins[key] = nil }
            let isPinned = self.pins[key]?.isEmpty == false
            guard result == .pinned(isPinned) else { throw Violation("guarantee 4: an unpin was answered \(result)") }
        case .resolve: break
        }
    }

    private static func isForgotten(_ result: OperationResult) -> Bool { result == .resolved(.forgotten) }

    /// Somebody asked what became of an operation: what he is told must be so, and stay so.
    private mutating func resolved(
        _ id: OperationID,
        notAfter: GlobalTime,
        by operation: LeaseOperation,
        _ result: OperationResult
    ) throws(Violation) {
        switch result {
        case .expired:
            guard operation.notAfter < self.globalTime else { throw Violation("a resolve expired before its time") }
        case .resolved(.never):
            guard self.results[id] == nil else {
                throw Violation("guarantee 3: operation \(id.low) was applied, and resolved to never")
            }
            self.refused.insert(id)
            self.outOfUse.insert(id)
            self.totals.resolvedNever += 1
        case .resolved(.applied(let again)):
            guard let first = self.results[id] else {
                throw Violation("guarantee 3: operation \(id.low) was not applied, and resolved to \(again)")
            }
            guard Self.isSame(first, again) else {
                throw Violation("operation \(id.low) was answered \(first), and resolved to \(again)")
            }
            self.totals.resolvedApplied += 1
        case .resolved(.forgotten):
            let end = notAfter.advanced(byMilliseconds: LeaseLimits.resolveWindowMilliseconds)
            guard self.globalTime > end else { throw Violation("operation \(id.low) was forgotten too early") }
        default: throw Violation("a resolve was answered \(result)")
        }
    }

    /// Whether two answers tell of the same decision; time passes, and names of grants that are over are forgotten.
    private static func isSame(_ first: OperationResult, _ again: OperationResult) -> Bool {
        switch (first, again) {
        case (.granted(let old), .granted(let new)), (.held(let old), .held(let new)):
            old.token == new.token
                && (old.holder == new.holder || (new.holder.isEmpty && new.remainingMilliseconds == 0))
        case (.revoking, .revoking), (.revoking, .revoked): true
        default: first == again
        }
    }

    /// A retry: the same answer, and nothing happened; an event would be left without a cause.
    private func repeated(
        _ operation: LeaseOperation,
        _ first: OperationResult,
        _ again: OperationResult
    ) throws(Violation) {
        let isLate = operation.notAfter < self.globalTime && (again == .expired || Self.isForgotten(again))
        guard isLate || Self.isSame(first, again) else {
            throw Violation("operation \(operation.id.low) was answered \(first), and \(again) when repeated")
        }
    }

    private mutating func held(
        _ key: LeaseKey,
        _ holder: String,
        _ milliseconds: UInt64,
        _ result: OperationResult,
        mayClaim: Bool,
        _ events: inout ArraySlice<LeaseEvent>,
        now: UInt64
    ) throws(Violation) {
        let lease = self.held[key]
        switch result {
        case .granted(let grant):
            let milliseconds = mayClaim ? milliseconds : milliseconds * self.stretchPercent / 100
            let end = self.globalTime.advanced(byMilliseconds: milliseconds)
            guard grant.holder == holder, grant.remainingMilliseconds >= milliseconds else {
                throw Violation("\(holder) asked \(key) for \(milliseconds) ms and was granted \(grant)")
            }
            if var lease {
                guard lease.holder == holder, lease.token == grant.token else {
                    throw Violation("guarantee 1: \(key) granted to \(holder) while \(lease.holder) holds it")
                }
                lease.end = max(lease.end, end)
                self.held[key] = lease
            } else {
                guard mayClaim, events.popFirst() == .claimed(key, holder: holder, token: grant.token) else {
                    throw Violation("\(key) was granted to \(holder) without a claim")
                }
                guard grant.token > self.lastToken else {
                    throw Violation("guarantee 1: token \(grant.token) after \(self.lastToken)")
                }
                self.lastToken = grant.token
                self.totals.grants += 1
                try self.beliefs.granted(key, to: holder, now: now)
                self.held[key] = Held(holder: holder, token: grant.token, end: end)
            }
        case .held(let grant):
            guard let lease, lease.holder != holder, lease.holder == grant.holder, lease.token == grant.token else {
                throw Violation("\(holder) was refused \(key) because of \(grant), who does not hold it")
            }
        case .notHeld:
            guard !mayClaim, lease == nil else { throw Violation("\(key) is held, and answered not held") }
        case .revoking:
            guard let lease, lease.isRevoking, lease.holder == holder else {
                throw Violation("\(key) is not being revoked")
            }
        case .revoked, .pinned, .expired, .invalid, .refused, .resolved:
            throw Violation("\(holder) claimed and was answered \(result)")
        }
    }

    private mutating func revoked(
        _ key: LeaseKey,
        _ holder: String?,
        force: Bool,
        _ result: OperationResult,
        _ events: inout ArraySlice<LeaseEvent>,
        now: UInt64
    ) throws(Violation) {
        let lease = self.held[key]
        switch result {
        case .revoked:
            guard let lease, holder == nil || holder == lease.holder,
                events.popFirst() == .revoked(key, holder: lease.holder, token: lease.token)
            else { throw Violation("\(key) was revoked without having been held by \(holder ?? "anybody")") }
            if holder == nil, !force {
                guard self.globalTime > lease.end else {
                    throw Violation("guarantee 2: an operator's revoke of \(key) did not wait")
                }
                try self.beliefs.freed(key, now: now)
            } else {
                self.beliefs.dropAll(key)
                self.takenAway.insert(lease.token)
            }
            self.held[key] = nil
            self.totals.revokes += 1
        case .revoking:
            guard lease != nil, holder == nil, !force else { throw Violation("a revoke of \(key) waits for no reason") }
            self.held[key]?.isRevoking = true
        case .notHeld:
            guard lease == nil || (holder != nil && holder != lease?.holder) else {
                throw Violation("\(key) is held, and answered not held")
            }
        case .granted, .held, .pinned, .expired, .invalid, .refused, .resolved:
            throw Violation("a revoke was answered \(result)")
        }
    }
}
