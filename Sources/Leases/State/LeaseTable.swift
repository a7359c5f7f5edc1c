import HeapModule

/// All held leases and pins, in shards.
///
/// A copy shares every shard; the first write to a shard after that copies this shard alone, so taking a snapshot of
/// 600,000 leases delays nobody. Above the shards a tournament finds the lease that ends first.
struct LeaseTable: Sendable {
    static let shardCount = 1_024
    /// Distinct (namespace, model) pairs whose texts are shared between leases; beyond, sharing starts afresh.
    private static let mostGroups = 65_536

    private(set) var shards = [LeaseShard](repeating: LeaseShard(), count: Self.shardCount)
    private(set) var count = 0
    private(set) var pinCount = 0
    /// Each shard's earliest entry, and who wins between any two: node 1 is the root, node n plays 2n against 2n+1.
    private var headTimes = [UInt64](repeating: LeaseShard.unqueued, count: Self.shardCount)
    private var winners = Self.untouchedTournament
    private var groups: Set<LeaseKey> = []

    private static let untouchedTournament: [UInt16] = {
        var winners = [UInt16](repeating: 0, count: shardCount)
        for node in (1..<shardCount).reversed() {
            winners[node] = 2 * node >= shardCount ? UInt16(2 * node - shardCount) : winners[2 * node]
        }
        return winners
    }()

    /// Where a key lives; the same on every replica, because snapshots are written shard by shard.
    static func shard(of key: LeaseKey) -> Int {
        Int(truncatingIfNeeded: key.stableHash & UInt64(Self.shardCount - 1))
    }

    // MARK: Leases

    func record(_ key: LeaseKey) -> LeaseShard.Record? { self.shards[Self.shard(of: key)].records[key] }

    func isPinned(_ key: LeaseKey) -> Bool { self.shards[Self.shard(of: key)].isPinned(key) }

    /// Adds a lease to a free key.
    mutating func insert(_ key: LeaseKey, holder: String, token: UInt64, end: UInt64) {
        let key = self.shared(key)
        let shard = Self.shard(of: key)
        let isPinned = self.shards[shard].isPinned(key)
        let queued = isPinned ? LeaseShard.unqueued : end
        self.shards[shard].records[key] = LeaseShard.Record(
            holder: holder,
            token: token,
            end: end,
            queued: queued,
            isRevoking: false
        )
        self.count += 1
        guard !isPinned else { return }
        self.shards[shard].expiries.insert(LeaseShard.Expiry(time: end, key: key))
        self.shards[shard].compact()
        self.headMayHaveChanged(shard)
    }

    /// Moves a held lease's end to `end` if that is later, and returns what it is then.
    mutating func extend(_ shard: Int, at index: [LeaseKey: LeaseShard.Record].Index, end: UInt64) -> UInt64 {
        let later = max(end, self.shards[shard].records.values[index].end)
        self.shards[shard].records.values[index].end = later
        return later
    }

    /// Frees a key at once.
    mutating func remove(_ key: LeaseKey) {
        let shard = Self.shard(of: key)
        guard self.shards[shard].records.removeValue(forKey: key) != nil else { return }
        self.count -= 1
        self.shards[shard].compact()
        self.headMayHaveChanged(shard)
    }

    /// Lets the lease end with its promised time, pinned or not.
    mutating func markRevoking(_ key: LeaseKey) {
        let shard = Self.shard(of: key)
        guard let index = self.shards[shard].records.index(forKey: key) else { return }
        self.shards[shard].records.values[index].isRevoking = true
        self.shards[shard].queue(key, at: index)
        self.headMayHaveChanged(shard)
    }

    /// Makes room for the leases of one shard of a snapshot at once.
    mutating func reserve(_ count: Int, shard: Int) { self.shards[shard].records.reserveCapacity(count) }

    /// Puts back a lease read from a snapshot.
    mutating func restore(_ key: LeaseKey, _ record: LeaseShard.Record, shard: Int) {
        self.shards[shard].records[key] = record
        self.count += 1
    }

    // MARK: Pins

    enum PinChange { case done, tooMany }

    mutating func pin(_ key: LeaseKey, entity: String) -> PinChange {
        let shard = Self.shard(of: key)
        var entities = self.shards[shard].pins[key] ?? []
        let place = entities.firstIndex { $0.compareBytes(with: entity) >= 0 } ?? entities.endIndex
        if place < entities.endIndex, entities[place].hasSameBytes(as: entity) { return .done }
        guard entities.count < LeaseLimits.pinsPerKey, self.pinCount < LeaseLimits.pins else { return .tooMany }
        entities.insert(entity, at: place)
        self.shards[shard].pins[key] = entities
        self.pinCount += 1
        return .done
    }

    /// Takes one entity's pin away, or everybody's; a lease without pins can expire again.
    mutating func unpin(_ key: LeaseKey, entity: String?) {
        let shard = Self.shard(of: key)
        guard var entities = self.shards[shard].pins[key] else { return }
        let before = entities.count
        entities.removeAll { entity.map($0.hasSameBytes) ?? true }
        self.pinCount -= before - entities.count
        guard entities.isEmpty else {
            self.shards[shard].pins[key] = entities
            return
        }
        self.shards[shard].pins[key] = nil
        guard let index = self.shards[shard].records.index(forKey: key) else { return }
        self.shards[shard].queue(key, at: index)
        self.headMayHaveChanged(shard)
    }

    /// Puts back the pins of one key read from a snapshot.
    mutating func restore(pins entities: [String], of key: LeaseKey, shard: Int) {
        self.shards[shard].pins[key] = entities
        self.pinCount += entities.count
    }

    // MARK: Expiry

    /// Queues every lease that can end; once, after the last `restore`.
    mutating func restored() {
        for shard in self.shards.indices {
            var entries: [LeaseShard.Expiry] = []
            entries.reserveCapacity(self.shards[shard].records.count)
            for (key, record) in self.shards[shard].records
            where record.isRevoking || !self.shards[shard].isPinned(key) {
                entries.append(LeaseShard.Expiry(time: record.end, key: key))
            }
            for entry in entries { self.shards[shard].records[entry.key]?.queued = entry.time }
            self.shards[shard].expiries = Heap(entries)
            self.headMayHaveChanged(shard)
        }
    }

    /// The earliest instant any entry names; never later than the first end, `unqueued` when nothing can end.
    var headTime: UInt64 { self.headTimes[Int(self.winners[1])] }

    /// Removes and returns the lease that comes first by (end, key), if it ended before `now`.
    mutating func removeNext(endedBefore now: UInt64) -> (LeaseKey, LeaseShard.Record)? {
        while true {
            let shard = Int(self.winners[1])
            guard self.headTimes[shard] < now else { return nil }
            let head = self.shards[shard].settleHead()
            guard case .due(let entry) = head else {
                self.headMayHaveChanged(shard)
                continue
            }
            self.shards[shard].expiries.removeMin()
            let record = self.shards[shard].records.removeValue(forKey: entry.key)
            self.headMayHaveChanged(shard)
            guard let record else { continue }
            self.count -= 1
            return (entry.key, record)
        }
    }

    /// Corrects up to `budget` entries that are out of date, so that `headTime` names a real end. Only hints depend on
    /// it; replicas that settled more or less decide the same.
    mutating func settle(budget: Int) {
        for _ in 0..<budget {
            let shard = Int(self.winners[1])
            guard self.headTimes[shard] != LeaseShard.unqueued else { return }
            if case .due = self.shards[shard].settleHead() { return }
            self.headMayHaveChanged(shard)
        }
    }

    /// Replays the tournament along one shard's path.
    private mutating func headMayHaveChanged(_ shard: Int) {
        self.headTimes[shard] = self.shards[shard].headTime
        var node = (shard + Self.shardCount) / 2
        while node >= 1 {
            let left = self.winner(2 * node)
            let right = self.winner(2 * node + 1)
            self.winners[node] = UInt16(truncatingIfNeeded: self.precedes(right, left) ? right : left)
            node /= 2
        }
    }

    private func winner(_ node: Int) -> Int {
        node >= Self.shardCount ? node - Self.shardCount : Int(self.winners[node])
    }

    private func precedes(_ one: Int, _ other: Int) -> Bool {
        let (time, otherTime) = (self.headTimes[one], self.headTimes[other])
        if time != otherTime || time == LeaseShard.unqueued { return time < otherTime }
        guard let head = self.shards[one].expiries.min, let otherHead = self.shards[other].expiries.min else {
            return false
        }
        return head < otherHead
    }

    // MARK: Memory

    /// The same key with its namespace and model in the memory other leases already use.
    private mutating func shared(_ key: LeaseKey) -> LeaseKey {
        if self.groups.count >= Self.mostGroups { self.groups.removeAll() }
        let group = LeaseKey(namespace: key.namespace, model: key.model, name: "")
        let kept = self.groups.insert(group).memberAfterInsert
        return LeaseKey(namespace: kept.namespace, model: kept.model, name: key.name)
    }
}
