extension LeaseState {
    /// Applies one log entry: one result an operation, in order, and the changes of holder it made. Every replica answers
    /// the same; an entry that cannot be read changes nothing.
    ///
    /// - Parameter answering: whether anybody here waits for the results; without, there are none.
    package mutating func apply(
        entry bytes: [UInt8],
        answering: Bool = true
    ) throws(LeaseCodecError) -> (results: [OperationResult], events: [LeaseEvent]) {
        try EncodedBatch.read(bytes) { self.apply($0, answering: answering) }
    }

    /// The same with an entry that was read, which cannot fail.
    package mutating func apply(
        _ batch: EncodedBatch,
        answering: Bool
    ) -> (results: [OperationResult], events: [LeaseEvent]) {
        let operations = batch.operations
        var events = self.begin(at: batch.clock)
        var results: [OperationResult] = []
        if answering { results.reserveCapacity(operations.items.count) }
        let groups = operations.groups.map { ExtendedGroup(self.table.kept($0)) }
        var looks = Looks()
        for index in operations.items.indices {
            if index % looksAtOnce == 0 { looks.begin(at: index, operations, groups, self) }
            let item = operations.items[index]
            if item.kind == .extend, let person = item.person,
                let (spot, end) = self.extendPlainly(
                    item,
                    in: groups[Int(item.group)],
                    name: item.name.bytes(of: operations.bytes),
                    holder: person.bytes(of: operations.bytes),
                    stretchPercent: batch.stretchPercent,
                    hashes: (looks.keys[index % looksAtOnce], looks.ids[index % looksAtOnce])
                )
            {
                if answering { results.append(.granted(self.grant(at: spot, until: end))) }
            } else {
                let operation = operations.operation(index)
                let result = self.apply(operation, stretchPercent: batch.stretchPercent, &events)
                if answering { results.append(result) }
            }
        }
        self.end(after: operations.items.count)
        return (results, events)
    }

    /// The hashes of the operations to come, by which they are looked for.
    private struct Looks {
        private(set) var keys: ContiguousArray<UInt64> = []
        private(set) var ids: ContiguousArray<UInt64> = []

        mutating func begin(
            at start: Int,
            _ operations: OperationSequence,
            _ groups: [ExtendedGroup],
            _ state: borrowing LeaseState
        ) {
            self.keys.removeAll(keepingCapacity: true)
            self.ids.removeAll(keepingCapacity: true)
            for index in start..<min(start + looksAtOnce, operations.items.count) {
                let item = operations.items[index]
                let name = item.name.bytes(of: operations.bytes)
                self.keys.append(KeyedHash.process.finish(groups[Int(item.group)].hash, with: name))
                self.ids.append(KeyedHash.process(item.id))
            }
            state.table.fetch(self.keys)
            state.results.fetch(self.ids)
        }
    }

    /// Applies an extension by the lease's holder that nothing is known of and nothing stands against, which most
    /// operations are; `nil` leaves it to the rules, and nothing has changed.
    ///
    /// The same as the rules come to, with each look taken once and no value made: names that are those of a held lease
    /// keep to the limits, as they did when it was claimed.
    @inline(__always)
    private mutating func extendPlainly(
        _ item: OperationSequence.Item,
        in group: ExtendedGroup,
        name: UnsafeRawBufferPointer,
        holder: UnsafeRawBufferPointer,
        stretchPercent: Int,
        hashes: (key: UInt64, id: UInt64)
    ) -> (LeaseTable.Spot, end: UInt64)? {
        guard !item.hasCovers, item.notAfter >= self.globalTime, item.notAfter <= self.horizon,
            LeaseLimits.durationMilliseconds.contains(item.milliseconds)
        else { return nil }
        let spot = self.table.spot(of: name, in: group, hashes.key)
        guard let place = spot.place, let term = self.table.term(at: spot), !term.isRevoking,
            self.table.isHeld(place, in: spot.shard, by: holder)
        else { return nil }
        let standing: OperationStanding = group.isSingular ? .critical : .extend
        guard item.notAfter.milliseconds > self.results.refusedUntil[standing.rawValue],
            self.results.hasRoom(for: standing), !self.results.contains(item.id, hashes.id)
        else { return nil }
        let stretched = group.isSingular ? item.milliseconds : Self.stretched(item.milliseconds, by: stretchPercent)
        let end = self.table.extend(
            place,
            in: spot.shard,
            end: self.globalTime.advanced(byMilliseconds: stretched).milliseconds
        )
        var fingerprint = group.fingerprint
        fingerprint.combine(bytes: name)
        fingerprint.combine(bytes: holder)
        let entry = RememberedResults.Entry(
            id: item.id,
            outcome: RememberedOutcome(kind: .granted, token: term.token),
            fingerprint: UInt32(truncatingIfNeeded: fingerprint.value),
            notAfter: item.notAfter.milliseconds
        )
        self.results.remember(entry, hashes.id)
        return (spot, end)
    }

    private func grant(at spot: LeaseTable.Spot, until end: UInt64) -> Grant {
        let (place, term) = (spot.place ?? 0, self.table.term(at: spot))
        return Grant(
            holder: self.table.holder(at: place, in: spot.shard),
            token: FencingToken(term?.token ?? 0),
            remainingMilliseconds: self.remaining(end)
        )
    }
}

/// What extensions in one namespace and model have in common, looked at once for all of an entry's.
struct ExtendedGroup {
    /// Without a name; its texts are those that held leases have, so that they are seen to be the same.
    let key: LeaseKey
    let hash: KeyedHash.Unfinished
    let fingerprint: StableHash
    let isSingular: Bool

    init(_ key: LeaseKey) {
        self.key = key
        self.hash = KeyedHash.process.begin(key)
        self.fingerprint = LeaseCommand.fingerprint(.extend, of: key)
        self.isSingular = key.isSingular
    }
}
