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
            guard let (key, record) = self.table.removeNext(endedBefore: self.globalTime.milliseconds) else { return }
            let token = FencingToken(record.token)
            events.append(
                record.isRevoking
                    ? .revoked(key, holder: record.holder, token: token)
                    : .expired(key, holder: record.holder, token: token)
            )
        }
    }

    // MARK: At most once

    private mutating func apply(
        _ operation: LeaseOperation,
        stretchPercent: Int,
        _ events: inout [LeaseEvent]
    ) -> OperationResult {
        let fingerprint = operation.command.fingerprint
        if let entry = self.results[operation.id] {
            guard entry.result == .expired || entry.fingerprint == fingerprint else {
                return .invalid("the operation id was used for another command; use a new one")
            }
            self.results.prolong(operation.id, to: min(operation.notAfter, self.horizon).milliseconds)
            // Those it stands for may be new although it is not.
            guard operation.covers.contains(where: { self.results[$0] == nil }) else {
                return self.answerAgain(entry.result, operation.command.key)
            }
        }
        guard operation.notAfter >= self.globalTime else {
            return self.isCertain(operation.notAfter) ? .expired : .resolved(.forgotten)
        }
        guard operation.notAfter <= self.horizon else { return Self.tooFarAhead }
        if case .resolve(let key, let id, let notAfter) = operation.command {
            return self.resolve(id, of: key, notAfter: notAfter)
        }
        if let violation = LeaseLimits.violation(of: operation.command) { return .invalid(violation) }
        guard !self.results.isFull else { return .refused(Self.noRoom) }
        let result = self.apply(operation.command, stretchPercent: stretchPercent, &events)
        let entry = RememberedResults.Entry(
            result: result,
            fingerprint: fingerprint,
            notAfter: operation.notAfter.milliseconds
        )
        if self.results[operation.id] == nil { self.results.remember(operation.id, entry) }
        for id in operation.covers where self.results[id] == nil { self.results.remember(id, entry) }
        return result
    }

    /// Tells what became of an operation; if nothing did yet, takes its id out of use.
    private mutating func resolve(_ id: OperationID, of key: LeaseKey, notAfter: GlobalTime) -> OperationResult {
        guard notAfter <= self.horizon else { return Self.tooFarAhead }
        if let entry = self.results[id] {
            switch entry.result {
            case .expired:
                self.results.prolong(id, to: notAfter.milliseconds)
                return .resolved(.never)
            case .refused: return .resolved(.never)
            default: return .resolved(.applied(self.answerAgain(entry.result, key)))
            }
        }
        guard notAfter >= self.globalTime else { return .resolved(self.isCertain(notAfter) ? .never : .forgotten) }
        guard !self.results.isFull else { return .refused(Self.noRoom) }
        self.results.remember(
            id,
            RememberedResults.Entry(result: .expired, fingerprint: 0, notAfter: notAfter.milliseconds)
        )
        return .resolved(.never)
    }

    private static let noRoom = "too many results are remembered already; try again later"
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

    /// A remembered result with the time that is left now: 0 when the lease is no longer this grant's.
    func answerAgain(_ result: OperationResult, _ key: LeaseKey) -> OperationResult {
        let record = self.table.record(key)
        func now(_ grant: Grant) -> Grant {
            let isCurrent = record?.token == grant.token.rawValue
            var grant = grant
            grant.remainingMilliseconds = isCurrent ? self.remaining(record?.end ?? 0) : 0
            return grant
        }
        switch result {
        case .granted(let grant):
            return .granted(now(grant))
        case .held(let grant):
            return .held(by: now(grant))
        case .revoking:
            guard let record, record.isRevoking else { return .revoked }
            return .revoking(remainingMilliseconds: self.remaining(record.end))
        case .notHeld, .revoked, .pinned, .expired, .invalid, .refused, .resolved:
            return result
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
            return self.hold(key, holder, milliseconds) ?? self.claim(key, holder, milliseconds, &events)
        case .extend(let key, let holder, let milliseconds):
            return self.hold(key, holder, Self.stretched(milliseconds, by: stretchPercent, key)) ?? .notHeld
        case .revoke(let key, let holder, let force):
            return self.revoke(key, holder, force: force, &events)
        case .pin(let key, let entity):
            switch self.table.pin(key, entity: entity) {
            case .done: return .pinned(true)
            case .tooMany: return .refused("too many pins stand already; unpin some")
            }
        case .unpin(let key, let entity):
            self.table.unpin(key, entity: entity)
            return .pinned(self.table.isPinned(key))
        case .resolve(let key, let id, let notAfter):
            return self.resolve(id, of: key, notAfter: notAfter)
        }
    }

    /// How long an extension holds when holders are asked to come back later.
    private static func stretched(_ milliseconds: UInt64, by percent: Int, _ key: LeaseKey) -> UInt64 {
        guard percent > 100, !key.isSingular else { return milliseconds }
        let factor = UInt64(min(percent, LeaseLimits.stretchPercent.upperBound))
        return max(milliseconds, min(milliseconds * factor / 100, LeaseLimits.longest))
    }

    /// Extends a held lease for its holder; `nil` when the key is free.
    private mutating func hold(_ key: LeaseKey, _ holder: String, _ milliseconds: UInt64) -> OperationResult? {
        let shard = LeaseTable.shard(of: key)
        guard let index = self.table.shards[shard].records.index(forKey: key) else { return nil }
        let record = self.table.shards[shard].records.values[index]
        guard record.holder.hasSameBytes(as: holder) else { return .held(by: self.grant(record)) }
        guard !record.isRevoking else { return .revoking(remainingMilliseconds: self.remaining(record.end)) }
        let end = self.globalTime.advanced(byMilliseconds: milliseconds).milliseconds
        return .granted(
            Grant(
                holder: record.holder,
                token: FencingToken(record.token),
                remainingMilliseconds: self.remaining(self.table.extend(shard, at: index, end: end))
            )
        )
    }

    private mutating func claim(
        _ key: LeaseKey,
        _ holder: String,
        _ milliseconds: UInt64,
        _ events: inout [LeaseEvent]
    ) -> OperationResult {
        guard self.table.count < LeaseLimits.heldLeases else {
            return .refused("too many leases are held already")
        }
        guard self.lastToken.rawValue < FencingToken.largest else {
            return .refused("every fencing token has been given out; this cluster cannot grant again")
        }
        let token = FencingToken(self.lastToken.rawValue + 1)
        self.lastToken = token
        let end = self.globalTime.advanced(byMilliseconds: milliseconds)
        self.table.insert(key, holder: holder, token: token.rawValue, end: end.milliseconds)
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
        guard let record = self.table.record(key) else { return .notHeld }
        if let holder {
            guard record.holder.hasSameBytes(as: holder) else { return .notHeld }
        } else if !force, record.end >= self.globalTime.milliseconds {
            self.table.markRevoking(key)
            return .revoking(remainingMilliseconds: self.remaining(record.end))
        }
        self.table.remove(key)
        events.append(.revoked(key, holder: record.holder, token: FencingToken(record.token)))
        return .revoked
    }

    private func grant(_ record: LeaseShard.Record) -> Grant {
        Grant(
            holder: record.holder,
            token: FencingToken(record.token),
            remainingMilliseconds: self.remaining(record.end)
        )
    }

    func remaining(_ end: UInt64) -> UInt64 {
        self.globalTime.milliseconds(until: GlobalTime(milliseconds: end))
    }
}
