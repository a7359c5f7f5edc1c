/// All held leases and pins, in shards.
///
/// A copy that is only listed shares every shard; the first write to a shard after that copies this shard alone. What finds
/// leases it does not share: by key and by end in each shard, and above the shards a tournament for the lease that ends
/// first. A snapshot copies the terms (`FrozenTable`). Which lease is in which shard is this process's own affair: nothing
/// that replicas must agree on depends on it.
struct LeaseTable: Sendable {
    static let shardCount = 4_096
    private static let shardBits: UInt64 = 12
    /// Distinct (namespace, model) pairs whose texts are shared between leases; beyond, sharing starts afresh.
    private static let mostGroups = 65_536

    private(set) var shards = ContiguousArray<LeaseShard>(repeating: LeaseShard(), count: Self.shardCount)
    private(set) var finders = ContiguousArray<LeaseFinder>(repeating: LeaseFinder(), count: Self.shardCount)
    private(set) var count = 0
    private(set) var pinCount = 0
    /// Leases held, by namespace.
    private(set) var held = NamespaceCounts()
    /// The global time of the entry being applied, in milliseconds, by which `slack` is measured.
    var now: UInt64 = 0
    /// What extended leases had left.
    var slack = ExtensionSlack()
    /// Each shard's earliest entry, and who wins between any two: node 1 is the root, node n plays 2n against 2n+1.
    private var heads = [Head](repeating: Head(time: LeaseFinder.unqueued, token: 0), count: Self.shardCount)
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
        let shard = Self.shard(hash)
        return Spot(shard: shard, hash: hash, place: self.finders[shard].place(of: key, hash, in: self.shards[shard]))
    }

    @inline(__always)
    static func shard(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> (64 - Self.shardBits)) }

    /// The same from a name's bytes and the key's hash.
    @inline(__always)
    func spot(of name: UnsafeRawBufferPointer, in group: ExtendedGroup, _ hash: UInt64) -> Spot {
        let shard = Self.shard(hash)
        let place = self.finders[shard].place(of: name, in: group.key, hash, in: self.shards[shard])
        return Spot(shard: shard, hash: hash, place: place)
    }

    // MARK: Leases

    func term(at spot: Spot) -> LeaseShard.Term? { spot.place.map { self.shards[spot.shard].terms[$0] } }

    /// Of a held lease.
    func holder(at place: Int, in shard: Int) -> String { self.shards[shard].names[place].holder }

    /// Whether a held lease is `holder`'s, byte for byte.
    func isHeld(_ place: Int, in shard: Int, by holder: UnsafeRawBufferPointer) -> Bool {
        self.shards[shard].names.hasHolder(holder, at: place)
    }

    func pins(_ key: LeaseKey, at spot: Spot) -> [String] { self.shards[spot.shard].pins[key] ?? [] }

    func isPinned(_ key: LeaseKey, at spot: Spot) -> Bool { self.shards[spot.shard].isPinned(key) }

    /// Adds a lease to a free key.
    mutating func insert(_ key: LeaseKey, at spot: Spot, holder: String, token: UInt64, end: UInt64) {
        let names = LeaseShard.Names(key: self.shared(key), holder: holder)
        let place = self.insert(names, at: spot, LeaseShard.Term(token: token, end: end))
        guard !self.shards[spot.shard].isPinned(at: place) else { return }
        self.queue(place, in: spot.shard)
    }

    private mutating func insert(_ names: LeaseShard.Names, at spot: Spot, _ term: LeaseShard.Term) -> Int {
        let place = self.shards[spot.shard].insert(names, term)
        self.finders[spot.shard].inserted(place, spot.hash)
        self.count += 1
        self.held.add(names.key)
        return place
    }

    /// Moves a held lease's end to `end` if that is later, and returns what it is then.
    mutating func extend(_ place: Int, in shard: Int, end: UInt64) -> UInt64 {
        let old = self.shards[shard].terms[place].end
        self.slack.add(old > self.now ? old - self.now : 0)
        return self.shards[shard].extend(place, end: end)
    }

    /// Frees a key at once.
    mutating func remove(_ spot: Spot) {
        guard let place = spot.place else { return }
        _ = self.remove(place, in: spot.shard, spot.hash)
        self.finders[spot.shard].compact(self.shards[spot.shard])
        self.headMayHaveChanged(spot.shard)
    }

    private mutating func remove(_ place: Int, in shard: Int, _ hash: UInt64) -> (LeaseShard.Names, LeaseShard.Term) {
        let removed = self.shards[shard].remove(place)
        self.finders[shard].removed(place, hash, from: self.shards[shard])
        self.count -= 1
        self.held.add(removed.0.key, -1)
        return removed
    }

    /// Lets the lease end with its promised time, pinned or not.
    mutating func markRevoking(_ spot: Spot) {
        guard let place = spot.place else { return }
        self.shards[spot.shard].markRevoking(place)
        self.queue(place, in: spot.shard)
    }

    /// Makes room for the leases of a snapshot.
    mutating func reserve(_ count: Int) {
        let each = count / Self.shardCount
        guard each > 0 else { return }
        for shard in self.shards.indices {
            self.shards[shard].reserve(each + each / 8 + 8)
            self.finders[shard].reserve(each + each / 8 + 8)
        }
    }

    /// Notes a namespace and a model that leases read from a snapshot have, as those leases have them.
    mutating func restore(group: LeaseKey) { if self.groups.count < Self.mostGroups { self.groups.insert(group) } }

    /// Puts back a lease read from a snapshot; `false` when the key is there already.
    mutating func restore(_ key: LeaseKey, holder: String, _ term: LeaseShard.Term) -> Bool {
        let spot = self.spot(of: key)
        guard spot.place == nil else { return false }
        _ = self.insert(LeaseShard.Names(key: key, holder: holder), at: spot, term)
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
        self.queue(place, in: spot.shard)
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
            self.finders[shard].restored(self.shards[shard])
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
            let head = self.finders[shard].settleHead(self.shards[shard])
            guard case .due(let entry) = head else {
                self.headMayHaveChanged(shard)
                continue
            }
            self.finders[shard].dropHead()
            let place = Int(entry.place)
            let hash = KeyedHash.process(self.shards[shard].names[place].key)
            let removed = self.remove(place, in: shard, hash)
            self.headMayHaveChanged(shard)
            return removed
        }
    }

    /// Corrects up to `budget` entries that are out of date, so that `headTime` names a real end. Only hints depend on
    /// it; replicas that settled more or less decide the same.
    mutating func settle(budget: Int) {
        for _ in 0..<budget {
            let shard = Int(self.winners[1])
            guard self.heads[shard].time != LeaseFinder.unqueued else { return }
            if case .due = self.finders[shard].settleHead(self.shards[shard]) { return }
            self.headMayHaveChanged(shard)
        }
    }

    /// Gives a lease an entry if it has none.
    private mutating func queue(_ place: Int, in shard: Int) {
        self.finders[shard].queue(place, in: self.shards[shard])
        self.headMayHaveChanged(shard)
    }

    /// Replays the tournament along one shard's path.
    private mutating func headMayHaveChanged(_ shard: Int) {
        let (time, token) = self.finders[shard].head
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

    /// Only to be listed from here on: gives up its share of what finds leases, so that the original goes on without
    /// copying it.
    mutating func freeze() {
        self.finders = []
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

    /// The same namespace and model in the memory that leases use which have them, if any do.
    func kept(_ group: LeaseKey) -> LeaseKey { self.groups.firstIndex(of: group).map { self.groups[$0] } ?? group }
}
