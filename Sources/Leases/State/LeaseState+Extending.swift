extension LeaseState {
    /// Applies an extension by the lease's holder that nothing is known of and nothing stands against, which most
    /// operations are; `nil` leaves it to the rules, and nothing has changed.
    ///
    /// The same as the rules come to, with each look taken once: names that are those of a held lease keep to the limits,
    /// as they did when it was claimed.
    mutating func extendPlainly(_ operation: LeaseOperation, stretchPercent: Int) -> OperationResult? {
        guard case .extend(let key, let holder, let milliseconds) = operation.command, operation.covers.isEmpty,
            operation.notAfter >= self.globalTime, operation.notAfter <= self.horizon,
            LeaseLimits.durationMilliseconds.contains(milliseconds)
        else { return nil }
        let spot = self.table.spot(of: key)
        guard let place = spot.place, let term = self.table.term(at: spot), !term.isRevoking,
            self.table.isHeld(place, in: spot.shard, by: holder)
        else { return nil }
        let standing: OperationStanding = key.isSingular ? .critical : .extend
        let hash = KeyedHash.process(operation.id)
        guard operation.notAfter.milliseconds > self.results.refusedUntil[standing.rawValue],
            self.results.hasRoom(for: standing), !self.results.contains(operation.id, hash)
        else { return nil }
        let stretched = standing == .critical ? milliseconds : Self.stretched(milliseconds, by: stretchPercent)
        let end = self.table.extend(
            place,
            in: spot.shard,
            end: self.globalTime.advanced(byMilliseconds: stretched).milliseconds
        )
        let entry = RememberedResults.Entry(
            id: operation.id,
            outcome: RememberedOutcome(kind: .granted, token: term.token),
            fingerprint: UInt32(truncatingIfNeeded: operation.command.fingerprint),
            notAfter: operation.notAfter.milliseconds
        )
        self.results.remember(entry, hash)
        return .granted(
            Grant(holder: holder, token: FencingToken(term.token), remainingMilliseconds: self.remaining(end))
        )
    }
}
