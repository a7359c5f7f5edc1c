/// All held leases and pins, in shards.
///
/// A copy shares every shard; the first write to a shard after that copies this shard alone, so taking a snapshot of
/// 600,000 leases delays nobody. Above the shards a tournament finds the lease that ends first. Which lease is in which
/// shard is this process's own affair: nothing that replicas must agree on depends on it.
struct LeaseTable: Sendable {
    static let shardCount = 4_096
    private static let shardBits: UInt64 = 12
    /// Distinct (namespace, model) pairs whose texts are shared between leases; beyond, sharing starts afresh.
    private static let mostGroups = 65_536

    private(set) var shards = ContiguousArray<LeaseShard>(repeating: LeaseShard(), count: Self.shardCount)
    private(set) var count = 0
    private(set) var pinCount = 0
    /// Each shard's earliest entry, and who wins between any two: node 1 is the root, node n plays 2n against 2n+1.
    private var heads = [Head](repeating: Head(time: LeaseShard.unqueued, token: 0), count: Self.shardCount)
    private var winners = Self.untouchedTournament
    private var groups: Set<LeaseKey> = []

    private struct Head: Sendable {
        var time: UInt64
        var token: UInt64
    }

    private static let untouchedTournament: [UInt16] = {
        var winners = [UInt16](repeating: 0, count: shardCount)
        for node in (1..<shardCount).reversed() {
            winners[node] = 2 * node >= shardCount ? UInt16(2 * node - shardCount) : winners[2 * node]
        }
        return winners
    }()

    /// Where a key's lease and pins are, as long as nothing is inserted or removed.
    struct Spot {
        var shard: Int
        var hash: UInt64
        /// `nil` when nobody holds it.
        var place: Int?
    }

    @inline(__always)
    func spot(of key: LeaseKey) -> Spot {
        let hash = KeyedHash.process(key)
        let shard = Int(truncatingIfNeeded: hash >> (64 - Self.shardBits))
        return Spot(shard: shard, hash: hash, place: self.shards[shard].place(of: key, hash))
    }

    // MARK: Leases

    func term(at spot: Spot) -> LeaseShard.Term? { spot.place.map { self.shards[spot.shard].terms[$0] } }

    /// Of a held lease.
    func holder(at place: Int, in shard: Int) -> String { self.shards[shard].names[place].holder }

    func pins(_ key: LeaseKey, at spot: Spot) -> [String] { self.shards[spot.shard].pins[key] ?? [] }

    func isPinned(_ key: LeaseKey, at spot: Spot) -> Bool { self.shards[spot.shard].isPinned(key) }

    /// Adds a lease to a free key.
    mutating func insert(_ key: LeaseKey, at spot: Spot, holder: String, token: UInt64, end: UInt64) {
        let names = LeaseShard.Names(key: self.shared(key), holder: holder)
        self.shards[spot.shard].insert(names, spot.hash, token: token, end: end)
        self.count += 1
        self.headMayHaveChanged(spot.shard)
    }

    /// Moves a held lease's end to `end` if that is later, and returns what it is then.
    mutating func extend(_ place: Int, in shard: Int, end: UInt64) -> UInt64 {
        self.shards[shard].extend(place, end: end)
    }

    /// Frees a key at once.
    mutating func remove(_ spot: Spot) {
        guard let place = spot.place else { return }
        _ = self.shards[spot.shard].remove(place, spot.hash)
        self.count -= 1
        self.shards[spot.shard].compact()
        self.headMayHaveChanged(spot.shard)
    }

    /// Lets the lease end with its promised time, pinned or not.
    mutating func markRevoking(_ spot: Spot) {
        guard let place = spot.place else { return }
        self.shards[spot.shard].markRevoking(place)
        self.headMayHaveChanged(spot.shard)
    }

    /// Makes room for the leases of a snapshot.
    mutating func reserve(_ count: Int) {
        let each = count / Self.shardCount
        guard each > 0 else { return }
        for shard in self.shards.indices { self.shards[shard].reserve(each + each / 8 + 8) }
    }

    /// Puts back a lease read from a snapshot; `false` when the key is there already.
    mutating func restore(_ key: LeaseKey, holder: String, _ term: LeaseShard.Term) -> Bool {
        let spot = self.spot(of: key)
        guard spot.place == nil else { return false }
        self.shards[spot.shard].restore(LeaseShard.Names(key: key, holder: holder), spot.hash, term)
        self.count += 1
        return true
    }

    // MARK: Pins

    enum PinChange { case done, tooMany }

    mutating func pin(_ key: LeaseKey, entity: String) -> PinChange {
        let shard = self.spot(of: key).shard
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
        let spot = self.spot(of: key)
        guard var entities = self.shards[spot.shard].pins[key] else { return }
        let before = entities.count
        entities.removeAll { entity.map($0.hasSameBytes) ?? true }
        self.pinCount -= before - entities.count
        guard entities.isEmpty else {
            self.shards[spot.shard].pins[key] = entities
            return
        }
        self.shards[spot.shard].pins[key] = nil
        guard let place = spot.place else { return }
        self.shards[spot.shard].queue(place)
        self.headMayHaveChanged(spot.shard)
    }

    /// Puts back the pins of one key read from a snapshot.
    mutating func restore(pins entities: [String], of key: LeaseKey) {
        self.shards[self.spot(of: key).shard].pins[key] = entities
        self.pinCount += entities.count
    }

    // MARK: Expiry

    /// Queues every lease that can end; once, after the last `restore`.
    mutating func restored() {
        for shard in self.shards.indices where self.shards[shard].count > 0 {
            self.shards[shard].restored()
            self.headMayHaveChanged(shard)
        }
    }

    /// The earliest instant any entry names; never later than the first end, `unqueued` when nothing can end.
    var headTime: UInt64 { self.heads[Int(self.winners[1])].time }

    /// Removes and returns the lease that comes first by (end, token), if it ended before `now`.
    mutating func removeNext(endedBefore now: UInt64) -> (LeaseShard.Names, LeaseShard.Term)? {
        while true {
            let shard = Int(self.winners[1])
            guard self.heads[shard].time < now else { return nil }
            let head = self.shards[shard].settleHead()
            guard case .due(let entry) = head else {
                self.headMayHaveChanged(shard)
                continue
            }
            self.shards[shard].dropHead()
            let place = Int(entry.place)
            let hash = KeyedHash.process(self.shards[shard].names[place].key)
            let removed = self.shards[shard].remove(place, hash)
            self.headMayHaveChanged(shard)
            self.count -= 1
            return removed
        }
    }

    /// Corrects up to `budget` entries that are out of date, so that `headTime` names a real end. Only hints depend on
    /// it; replicas that settled more or less decide the same.
    mutating func settle(budget: Int) {
        for _ in 0..<budget {
            let shard = Int(self.winners[1])
            guard self.heads[shard].time != LeaseShard.unqueued else { return }
            if case .due = self.shards[shard].settleHead() { return }
            self.headMayHaveChanged(shard)
        }
    }

    /// Replays the tournament along one shard's path.
    private mutating func headMayHaveChanged(_ shard: Int) {
        let (time, token) = self.shards[shard].head
        guard self.heads[shard].time != time || self.heads[shard].token != token else { return }
        self.heads[shard] = Head(time: time, token: token)
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
        let (head, otherHead) = (self.heads[one], self.heads[other])
        return head.time != otherHead.time ? head.time < otherHead.time : head.token < otherHead.token
    }

    // MARK: Memory

    /// Only to be listed from here on: gives up its share of what finds the lease that ends first, so that the original
    /// goes on without copying it.
    mutating func freeze() {
        self.heads = []
        self.winners = []
        self.groups = []
    }

    /// The same key with its namespace and model in the memory other leases already use.
    private mutating func shared(_ key: LeaseKey) -> LeaseKey {
        if self.groups.count >= Self.mostGroups { self.groups.removeAll() }
        let group = LeaseKey(namespace: key.namespace, model: key.model, name: "")
        let kept = self.groups.insert(group).memberAfterInsert
        return LeaseKey(namespace: kept.namespace, model: kept.model, name: key.name)
    }
}
