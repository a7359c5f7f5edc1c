extension LeaseState {
    /// Applies one log entry: one result an operation, in order, and the changes of holder it made.
    ///
    /// Every replica answers the same; nothing here can fail.
    package mutating func apply(_ batch: LeaseBatch) -> (results: [OperationResult], events: [LeaseEvent]) {
        self.globalTime = max(self.globalTime, batch.clock)
        self.results.forget(now: self.globalTime.milliseconds)
        var events: [LeaseEvent] = []
        self.expire(&events)
        var results: [OperationResult] = []
        results.reserveCapacity(batch.operations.count)
        for operation in batch.operations {
            results.append(self.apply(operation, stretchPercent: batch.stretchPercent, &events))
        }
        self.table.settle(budget: 64 + 2 * batch.operations.count)
        return (results, events)
    }

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

    private mutating func apply(
        _ operation: LeaseOperation,
        stretchPercent: Int,
        _ events: inout [LeaseEvent]
    ) -> OperationResult {
        let fingerprint = UInt32(truncatingIfNeeded: operation.command.fingerprint)
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
            return self.resolve(id, of: key, notAfter: notAfter, standing)
        }
        if let violation = LeaseLimits.violation(of: operation.command) { return .invalid(violation) }
        guard self.hasRoom(for: standing, operation.notAfter) else { return .refused(Refused.results) }
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
    private mutating func resolve(
        _ id: OperationID,
        of key: LeaseKey,
        notAfter: GlobalTime,
        _ standing: OperationStanding
    ) -> OperationResult {
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
        guard notAfter >= self.globalTime else { return .resolved(self.isCertain(notAfter) ? .never : .forgotten) }
        guard self.hasRoom(for: standing, notAfter) else { return .refused(Refused.results) }
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

    /// Whether the result of one more operation can be remembered. When not, neither it nor a later copy is applied.
    private mutating func hasRoom(for standing: OperationStanding, _ notAfter: GlobalTime) -> Bool {
        if !self.results.hasRoom(for: standing) { self.results.refuse(standing, notAfter: notAfter.milliseconds) }
        return notAfter.milliseconds > self.results.refusedUntil[standing.rawValue]
    }

    private static let tooFarAhead = OperationResult.invalid(
        "notAfter is more than \(LeaseLimits.notAfterHorizonMilliseconds) ms ahead; use a shorter timeout"
    )

    /// The latest `notAfter` that is accepted now.
    private var horizon: GlobalTime {
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
            let stretched = Self.stretched(milliseconds, by: stretchPercent, key)
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
            return self.resolve(id, of: key, notAfter: notAfter, OperationStanding(command))
        }
    }

    /// How long an extension holds when holders are asked to come back later.
    private static func stretched(_ milliseconds: UInt64, by percent: Int, _ key: LeaseKey) -> UInt64 {
        guard percent > 100, !key.isSingular else { return milliseconds }
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
