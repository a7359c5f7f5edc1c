extension LeaseState {
    /// What `apply(entry:)` does, by the rules alone: one result an operation, in order, and the changes of holder it made.
    ///
    /// Replicas apply entries; this is what that is held to, and for who has a batch that is in no log.
    package mutating func applyByRules(_ batch: LeaseBatch) -> (results: [OperationResult], events: [LeaseEvent]) {
        var events = self.begin(at: batch.clock)
        var results: [OperationResult] = []
        results.reserveCapacity(batch.operations.count)
        for operation in batch.operations {
            results.append(self.apply(operation, stretchPercent: batch.stretchPercent, &events))
        }
        self.end(after: batch.operations.count)
        return (results, events)
    }

    /// Lets time pass before an entry's operations; returns what has ended by then.
    mutating func begin(at clock: GlobalTime) -> [LeaseEvent] {
        self.globalTime = max(self.globalTime, clock)
        self.table.now = self.globalTime.milliseconds
        self.results.forget(now: self.globalTime.milliseconds)
        var events: [LeaseEvent] = []
        self.expire(&events)
        return events
    }

    /// Puts in order what an entry of `count` operations has left to be.
    mutating func end(after count: Int) { self.table.settle(budget: min(64 + 2 * count, 128)) }

    private mutating func expire(_ events: inout [LeaseEvent]) {
        for _ in 0..<LeaseLimits.expiriesPerBatch {
            guard let (names, term) = self.table.removeNext(endedBefore: self.globalTime.milliseconds) else { return }
            let token = FencingToken(term.token)
            events.append(
                term.isRevoking
                    ? .revoked(names.key, holder: names.holder, token: token)
                    : .expired(names.key, holder: names.holder, token: token)
            )
        }
    }

    // MARK: At most once

    mutating func apply(
        _ operation: LeaseOperation,
        stretchPercent: Int,
        _ events: inout [LeaseEvent]
    ) -> OperationResult {
        let fingerprint = UInt32(truncatingIfNeeded: operation.command.fingerprint)
        guard !operation.covers.isEmpty else {
            return self.decide(operation, fingerprint, stretchPercent: stretchPercent, &events)
        }
        var known = operation.covers.compactMap { self.results[$0] }
        if let lead = self.results[operation.id] { known.append(lead) }
        if !known.isEmpty {
            // One answer goes to all. Where it would gainsay what one of them was told, nothing is applied and each is
            // to ask by its own id.
            let coming = self.outcome(ofExtending: operation.command)
            let isEverybodys = known.allSatisfy { $0.outcome == coming && $0.fingerprint == fingerprint }
            guard isEverybodys else { return .resolved(.forgotten) }
        }
        let result = self.decide(operation, fingerprint, stretchPercent: stretchPercent, &events)
        return known.isEmpty || RememberedOutcome(result) != nil ? result : .resolved(.forgotten)
    }

    /// What would be remembered of an extension if it were applied now; `nil` for any other command.
    private func outcome(ofExtending command: LeaseCommand) -> RememberedOutcome? {
        guard case .extend(let key, let holder, _) = command else { return nil }
        let spot = self.table.spot(of: key)
        guard let place = spot.place, let term = self.table.term(at: spot) else {
            return RememberedOutcome(kind: .notHeld)
        }
        guard self.table.holder(at: place, in: spot.shard).hasSameBytes(as: holder) else {
            return RememberedOutcome(kind: .held, token: term.token)
        }
        return term.isRevoking
            ? RememberedOutcome(kind: .revoking) : RememberedOutcome(kind: .granted, token: term.token)
    }

    private mutating func decide(
        _ operation: LeaseOperation,
        _ fingerprint: UInt32,
        stretchPercent: Int,
        _ events: inout [LeaseEvent]
    ) -> OperationResult {
        let known = self.results[operation.id]
        if let known {
            let isSame = known.outcome.kind == .never || known.fingerprint == fingerprint
            guard isSame else { return .invalid("the operation id was used for another command; use a new one") }
            self.results.prolong(operation.id, to: min(operation.notAfter, self.horizon).milliseconds)
            // Those it stands for may be new although it is not.
            guard operation.covers.contains(where: { self.results[$0] == nil }) else {
                return self.again(known.outcome, operation.command)
            }
        }
        guard operation.notAfter >= self.globalTime else {
            return self.isCertain(operation.notAfter) ? .expired : .resolved(.forgotten)
        }
        guard operation.notAfter <= self.horizon else { return Self.tooFarAhead }
        let standing = OperationStanding(operation.command)
        if case .resolve(let key, let id, let notAfter) = operation.command {
            return self.resolve(id, of: key, notAfter: notAfter)
        }
        if let violation = LeaseLimits.violation(of: operation.command) { return .invalid(violation) }
        if let refusal = self.refusal(of: operation, standing) { return refusal }
        let result = self.apply(operation.command, stretchPercent: stretchPercent, &events)
        // Whatever comes of a valid command is remembered.
        guard let outcome = RememberedOutcome(result) else { return result }
        let entry = RememberedResults.Entry(
            id: operation.id,
            outcome: outcome,
            fingerprint: fingerprint,
            notAfter: operation.notAfter.milliseconds
        )
        if known == nil { self.results.remember(entry) }
        for id in operation.covers where self.results[id] == nil {
            var covered = entry
            covered.id = id
            self.results.remember(covered)
        }
        return result
    }

    /// Tells what became of an operation; if nothing did yet, takes its id out of use.
    ///
    /// It takes room as a claim does, so that questions leave the rest to what is urgent; refusing one applies nothing
    /// and is held against no later one.
    private mutating func resolve(_ id: OperationID, of key: LeaseKey, notAfter: GlobalTime) -> OperationResult {
        guard notAfter <= self.horizon else { return Self.tooFarAhead }
        if let known = self.results[id] {
            let result = self.result(known.outcome, key, self.table.spot(of: key))
            switch result {
            case .expired, .refused:
                self.results.prolong(id, to: notAfter.milliseconds)
                return .resolved(.never)
            default: return .resolved(.applied(result))
            }
        }
        guard self.isCertain(notAfter) else { return .resolved(.forgotten) }
        guard self.results.hasRoom(for: .claim) else {
            // Certain without a word in the memory, unless it is sent again with a later `notAfter`.
            return notAfter < self.globalTime ? .resolved(.never) : .refused(Refused.results)
        }
        self.results.remember(
            RememberedResults.Entry(
                id: id,
                outcome: RememberedOutcome(kind: .never),
                fingerprint: 0,
                notAfter: notAfter.milliseconds
            )
        )
        return .resolved(.never)
    }

    /// The answer to an operation whose result, or one it stands for, cannot be remembered; `nil` when there is room.
    ///
    /// It is not applied, and no copy of it ever is if that is the answer. All that share its standing are refused with
    /// it up to its `notAfter`, so one with a distant `notAfter`, which would lock out everybody until then, is told that
    /// nobody knows instead.
    private mutating func refusal(of operation: LeaseOperation, _ standing: OperationStanding) -> OperationResult? {
        let notAfter = operation.notAfter.milliseconds
        if notAfter <= self.results.refusedUntil[standing.rawValue] { return .refused(Refused.results) }
        guard !self.results.hasRoom(for: standing, count: 1 + operation.covers.count) else { return nil }
        let longest = self.globalTime.advanced(byMilliseconds: LeaseLimits.refusalMilliseconds).milliseconds
        self.results.refuse(standing, notAfter: min(notAfter, longest))
        return notAfter <= longest ? .refused(Refused.results) : .resolved(.forgotten)
    }

    private static let tooFarAhead = OperationResult.invalid(
        "notAfter is more than \(LeaseLimits.notAfterHorizonMilliseconds) ms ahead; use a shorter timeout"
    )

    /// The latest `notAfter` that is accepted now.
    var horizon: GlobalTime {
        self.globalTime.advanced(byMilliseconds: LeaseLimits.notAfterHorizonMilliseconds)
    }

    /// Whether a result of an operation with this `notAfter` would still be remembered, so that none means *never*.
    private func isCertain(_ notAfter: GlobalTime) -> Bool {
        self.globalTime <= notAfter.advanced(byMilliseconds: LeaseLimits.resolveWindowMilliseconds)
    }

    /// A remembered result as a retry of its command is told.
    private func again(_ outcome: RememberedOutcome, _ command: LeaseCommand) -> OperationResult {
        var result = self.result(outcome, command.key, self.table.spot(of: command.key))
        guard case .granted(var grant) = result else { return result }
        switch command {
        case .claim(_, let holder, _), .extend(_, let holder, _):
            grant.holder = holder
            result = .granted(grant)
        case .revoke, .pin, .unpin, .resolve: break
        }
        return result
    }

    /// A remembered result with the time that is left now: 0, and nobody's name, when the lease is no longer this
    /// grant's.
    func result(_ outcome: RememberedOutcome, _ key: LeaseKey, _ spot: LeaseTable.Spot) -> OperationResult {
        let term = self.table.term(at: spot)
        func grant() -> Grant {
            guard let place = spot.place, let term, term.token == outcome.token else {
                return Grant(holder: "", token: FencingToken(outcome.token), remainingMilliseconds: 0)
            }
            return self.grant(term, holder: self.table.holder(at: place, in: spot.shard))
        }
        switch outcome.kind {
        case .granted: return .granted(grant())
        case .held: return .held(by: grant())
        case .notHeld: return .notHeld
        case .revoked: return .revoked
        case .revoking:
            guard let term, term.isRevoking else { return .revoked }
            return .revoking(remainingMilliseconds: self.remaining(term.end))
        case .pinned: return .pinned(true)
        case .unpinned: return .pinned(false)
        case .never: return .expired
        case .tooManyLeases: return .refused(Refused.leases)
        case .tooManyPins: return .refused(Refused.pins)
        case .tooManyTokens: return .refused(Refused.tokens)
        }
    }

    // MARK: Commands

    private mutating func apply(
        _ command: LeaseCommand,
        stretchPercent: Int,
        _ events: inout [LeaseEvent]
    ) -> OperationResult {
        switch command {
        case .claim(let key, let holder, let milliseconds):
            let spot = self.table.spot(of: key)
            return self.hold(spot, holder, milliseconds) ?? self.claim(key, at: spot, holder, milliseconds, &events)
        case .extend(let key, let holder, let milliseconds):
            let stretched = key.isSingular ? milliseconds : Self.stretched(milliseconds, by: stretchPercent)
            return self.hold(self.table.spot(of: key), holder, stretched) ?? .notHeld
        case .revoke(let key, let holder, let force):
            return self.revoke(key, holder, force: force, &events)
        case .pin(let key, let entity):
            switch self.table.pin(key, entity: entity) {
            case .done: return .pinned(true)
            case .tooMany: return .refused(Refused.pins)
            }
        case .unpin(let key, let entity):
            self.table.unpin(key, entity: entity)
            return .pinned(self.table.isPinned(key, at: self.table.spot(of: key)))
        case .resolve(let key, let id, let notAfter):
            return self.resolve(id, of: key, notAfter: notAfter)
        }
    }

    /// How long an extension holds when holders are asked to come back later.
    static func stretched(_ milliseconds: UInt64, by percent: Int) -> UInt64 {
        guard percent > 100 else { return milliseconds }
        let factor = UInt64(min(percent, LeaseLimits.stretchPercent.upperBound))
        return max(milliseconds, min(milliseconds * factor / 100, LeaseLimits.longest))
    }

    /// Extends a held lease for its holder; `nil` when the key is free.
    private mutating func hold(
        _ spot: LeaseTable.Spot,
        _ holder: String,
        _ milliseconds: UInt64
    ) -> OperationResult? {
        guard let place = spot.place, var term = self.table.term(at: spot) else { return nil }
        let current = self.table.holder(at: place, in: spot.shard)
        guard current.hasSameBytes(as: holder) else { return .held(by: self.grant(term, holder: current)) }
        guard !term.isRevoking else { return .revoking(remainingMilliseconds: self.remaining(term.end)) }
        let end = self.globalTime.advanced(byMilliseconds: milliseconds).milliseconds
        term.end = self.table.extend(place, in: spot.shard, end: end)
        return .granted(self.grant(term, holder: current))
    }

    private mutating func claim(
        _ key: LeaseKey,
        at spot: LeaseTable.Spot,
        _ holder: String,
        _ milliseconds: UInt64,
        _ events: inout [LeaseEvent]
    ) -> OperationResult {
        guard self.table.count < LeaseLimits.heldLeases else { return .refused(Refused.leases) }
        guard self.lastToken.rawValue < FencingToken.largest else { return .refused(Refused.tokens) }
        let token = FencingToken(self.lastToken.rawValue + 1)
        self.lastToken = token
        let end = self.globalTime.advanced(byMilliseconds: milliseconds)
        self.table.insert(key, at: spot, holder: holder, token: token.rawValue, end: end.milliseconds)
        events.append(.claimed(key, holder: holder, token: token))
        return .granted(
            Grant(holder: holder, token: token, remainingMilliseconds: self.remaining(end.milliseconds))
        )
    }

    private mutating func revoke(
        _ key: LeaseKey,
        _ holder: String?,
        force: Bool,
        _ events: inout [LeaseEvent]
    ) -> OperationResult {
        let spot = self.table.spot(of: key)
        guard let place = spot.place, let term = self.table.term(at: spot) else { return .notHeld }
        let current = self.table.holder(at: place, in: spot.shard)
        if let holder {
            guard current.hasSameBytes(as: holder) else { return .notHeld }
        } else if !force, term.end >= self.globalTime.milliseconds {
            self.table.markRevoking(spot)
            return .revoking(remainingMilliseconds: self.remaining(term.end))
        }
        self.table.remove(spot)
        events.append(.revoked(key, holder: current, token: FencingToken(term.token)))
        return .revoked
    }

    private func grant(_ term: LeaseShard.Term, holder: String) -> Grant {
        Grant(
            holder: holder,
            token: FencingToken(term.token),
            remainingMilliseconds: self.remaining(term.end)
        )
    }

    func remaining(_ end: UInt64) -> UInt64 {
        self.globalTime.milliseconds(until: GlobalTime(milliseconds: end))
    }
}
