import HeapModule

extension LeaseState {
    /// Leases held now.
    package var count: Int { self.table.count }

    /// The holder of a key, or `nil` when it is free.
    package func lease(_ key: LeaseKey) -> Lease? {
        let shard = self.table.shards[LeaseTable.shard(of: key)]
        return shard.records[key].map { self.lease($0, isPinned: shard.isPinned(key)) }
    }

    /// Who pins a key, held or free, in byte order.
    package func pins(_ key: LeaseKey) -> [String] { self.table.shards[LeaseTable.shard(of: key)].pins[key] ?? [] }

    /// The first global time at which a clock frees a lease if nothing else happens, `nil` when none can expire.
    ///
    /// May be too early while many extensions are being settled, never too late; not later than now when leases are
    /// overdue.
    package var nextExpiry: GlobalTime? {
        let head = self.table.headTime
        return head == LeaseShard.unqueued ? nil : GlobalTime(milliseconds: head).advanced(byMilliseconds: 1)
    }

    /// What was decided about the operation `id` on `key`, with the time that is left now, as a retry of it would be
    /// answered; `nil` when it is in no applied entry or already forgotten.
    package func remembered(_ id: OperationID, key: LeaseKey) -> OperationResult? {
        self.results[id].map { self.answerAgain($0.result, key) }
    }

    /// Operations whose results are remembered.
    package var rememberedCount: Int { self.results.count }

    /// Held leases in key order, at most `limit`, only those after `after`.
    ///
    /// Looks at every lease: for many, copy the state and list the copy off the thread that applies.
    package func list(
        namespace: String? = nil,
        model: String? = nil,
        prefix: String = "",
        after: LeaseKey? = nil,
        limit: Int
    ) -> [(LeaseKey, Lease)] {
        guard limit > 0 else { return [] }
        var first = Heap<Listed>()
        for (number, shard) in self.table.shards.enumerated() {
            for key in shard.records.keys {
                if let namespace, !key.namespace.hasSameBytes(as: namespace) { continue }
                if let model, !key.model.hasSameBytes(as: model) { continue }
                if !key.name.hasBytePrefix(prefix) { continue }
                if let after, key <= after { continue }
                let listed = Listed(key: key, shard: number)
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
            let shard = self.table.shards[listed.shard]
            guard let record = shard.records[listed.key] else { continue }
            leases.append((listed.key, self.lease(record, isPinned: shard.isPinned(listed.key))))
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

    private func lease(_ record: LeaseShard.Record, isPinned: Bool) -> Lease {
        Lease(
            holder: record.holder,
            token: FencingToken(record.token),
            end: GlobalTime(milliseconds: record.end),
            remainingMilliseconds: self.remaining(record.end),
            isPinned: isPinned,
            isRevoking: record.isRevoking
        )
    }

    private struct Listed: Comparable {
        var key: LeaseKey
        var shard: Int

        static func < (left: Listed, right: Listed) -> Bool { left.key < right.key }
    }
}
