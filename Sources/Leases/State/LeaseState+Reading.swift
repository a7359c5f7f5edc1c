import HeapModule

extension LeaseState {
    /// Leases held now.
    package var count: Int { self.table.count }

    /// The same by namespace; as cheap.
    package var heldByNamespace: NamespaceCounts { self.table.held }

    /// Pins standing, one for each key and entity.
    package var pinCount: Int { self.table.pinCount }

    /// What leases had left as they were extended, by entries applied to this value or one it goes on counting for.
    package var extensionSlack: ExtensionSlack { self.table.slack }

    /// Goes on counting where the state it takes the place of stopped; a snapshot says nothing of that.
    package mutating func continueCounting(from earlier: borrowing LeaseState) {
        self.table.slack = earlier.table.slack
    }

    /// The holder of a key, or `nil` when it is free.
    package func lease(_ key: LeaseKey) -> Lease? {
        let spot = self.table.spot(of: key)
        return spot.place.map { self.lease($0, in: self.table.shards[spot.shard]) }
    }

    /// Who holds a key and how much of the promised time is left, or `nil` when it is free; cheaper than the whole lease.
    package func end(of key: LeaseKey) -> (holder: String, remainingMilliseconds: UInt64)? {
        let spot = self.table.spot(of: key)
        guard let place = spot.place, let term = self.table.term(at: spot) else { return nil }
        return (self.table.holder(at: place, in: spot.shard), self.remaining(term.end))
    }

    /// Who pins a key, held or free, in byte order.
    package func pins(_ key: LeaseKey) -> [String] { self.table.pins(key, at: self.table.spot(of: key)) }

    /// The first global time at which a clock frees a lease if nothing else happens, `nil` when none can expire.
    ///
    /// May be too early while many extensions are being settled, never too late; not later than now when leases are
    /// overdue.
    package var nextExpiry: GlobalTime? {
        let head = self.table.headTime
        return head == LeaseFinder.unqueued ? nil : GlobalTime(milliseconds: head).advanced(byMilliseconds: 1)
    }

    /// What was decided about the operation `id` on `key`, with the time that is left now, as a retry of it would be
    /// answered; `nil` when it is in no applied entry or already forgotten, `expired` when it was taken out of use.
    ///
    /// The holder's name is empty when the grant it tells of is not current any more.
    package func remembered(_ id: OperationID, key: LeaseKey) -> OperationResult? {
        self.results[id].map { self.result($0.outcome, key, self.table.spot(of: key)) }
    }

    /// Operations whose results are remembered.
    package var rememberedCount: Int { self.results.count }

    /// Held leases in key order, at most `limit`, only those after `after`.
    ///
    /// Looks at every lease: for many, list a frozen copy off the thread that applies.
    package func list(
        namespace: String? = nil,
        model: String? = nil,
        prefix: String = "",
        after: LeaseKey? = nil,
        limit: Int
    ) -> [(LeaseKey, Lease)] {
        guard limit > 0 else { return [] }
        var first = Heap<Listed>()
        for number in self.table.shards.indices where self.table.shards[number].count > 0 {
            let shard = self.table.shards[number]
            for place in shard.places {
                let key = shard.names[place].key
                if let namespace, !key.namespace.hasSameBytes(as: namespace) { continue }
                if let model, !key.model.hasSameBytes(as: model) { continue }
                if !key.name.hasBytePrefix(prefix) { continue }
                if let after, key <= after { continue }
                let listed = Listed(key: key, shard: number, place: place)
                if first.count < limit {
                    first.insert(listed)
                } else if let last = first.max, listed < last {
                    first.replaceMax(with: listed)
                }
            }
        }
        var leases: [(LeaseKey, Lease)] = []
        leases.reserveCapacity(first.count)
        while let listed = first.popMin() {
            leases.append((listed.key, self.lease(listed.place, in: self.table.shards[listed.shard])))
        }
        return leases
    }

    /// Every held lease, in key order; for checkers.
    package var allLeases: [(LeaseKey, Lease)] { self.list(limit: .max) }

    /// Equal on replicas that applied the same entries; costs as much as encoding a snapshot.
    package var digest: UInt64 {
        var hash = StableHash()
        self.encodedSnapshot().withUnsafeBytes { hash.combine(bytes: $0) }
        return hash.value
    }

    private func lease(_ place: Int, in shard: LeaseShard) -> Lease {
        let (names, term) = (shard.names[place], shard.terms[place])
        return Lease(
            holder: names.holder,
            token: FencingToken(term.token),
            end: GlobalTime(milliseconds: term.end),
            remainingMilliseconds: self.remaining(term.end),
            isPinned: shard.isPinned(names.key),
            isRevoking: term.isRevoking
        )
    }

    private struct Listed: Comparable {
        var key: LeaseKey
        var shard: Int
        var place: Int

        static func < (left: Listed, right: Listed) -> Bool { left.key < right.key }
    }
}
