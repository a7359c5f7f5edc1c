import DequeModule

/// Results of operations that could still be sent again or asked about: a retry is answered with what was decided, not
/// applied twice.
///
/// A result is kept until global time has passed its operation's `notAfter` by the resolve window, rounded up to a slot
/// of 64 ms. Results that are forgotten together lie together, in blocks of 8 kilobytes, so forgetting costs no search and
/// the first write after a copy copies a block, not everything.
struct RememberedResults: Sendable {
    /// 32 bytes: there are millions of them.
    struct Entry: Hashable, Sendable {
        var id: OperationID
        var outcome: RememberedOutcome
        /// Of the command, to notice when one id is used for two.
        var fingerprint: UInt32
        /// The last slot in which it is remembered, without the bits that all remembered slots share.
        fileprivate(set) var lastSlot: UInt32

        init(id: OperationID, outcome: RememberedOutcome, fingerprint: UInt32, notAfter: UInt64) {
            self.id = id
            self.outcome = outcome
            self.fingerprint = fingerprint
            self.lastSlot = UInt32(truncatingIfNeeded: RememberedResults.lastSlot(notAfter))
        }
    }

    /// Milliseconds of one slot, as a power of two.
    private static let slotBits: UInt64 = 6
    private static let blockBits = 8

    /// At most so many; the same on every replica, which is why only tests set it.
    var limit = LeaseLimits.rememberedResults
    /// Up to which `notAfter` operations of each standing are refused because one was, for want of room.
    private(set) var refusedUntil = [UInt64](repeating: 0, count: OperationStanding.allCases.count)
    private(set) var count = 0
    private var blocks: [ContiguousArray<Entry>] = []
    private var freeBlocks: [UInt32] = []
    /// The blocks that are looked at when a slot of global time has passed, the first at `firstSlot`.
    private var slots = Deque<[UInt32]>()
    private(set) var firstSlot: UInt64 = 0
    private(set) var index = ResultIndex()

    static func slot(_ time: UInt64) -> UInt64 { time >> Self.slotBits }

    /// The last slot in which the result of an operation with this `notAfter` is remembered.
    static func lastSlot(_ notAfter: UInt64) -> UInt64 {
        let end = GlobalTime(milliseconds: notAfter).advanced(byMilliseconds: LeaseLimits.resolveWindowMilliseconds)
        return Self.slot(end.milliseconds)
    }

    // MARK: Room

    /// Whether there is room for `count` more results of operations with this standing.
    func hasRoom(for standing: OperationStanding, count: Int = 1) -> Bool {
        self.count + count <= standing.share(of: self.limit)
    }

    /// Notes that an operation was refused for want of room. From now on all with its `notAfter` or an earlier one are,
    /// so that no copy of it is applied later although nothing is remembered of it.
    mutating func refuse(_ standing: OperationStanding, notAfter: UInt64) {
        self.refusedUntil[standing.rawValue] = max(self.refusedUntil[standing.rawValue], notAfter)
    }

    /// Puts back what a snapshot says of refusals.
    mutating func restore(refusedUntil: [UInt64]) { self.refusedUntil = refusedUntil }

    // MARK: Results

    subscript(_ id: OperationID) -> Entry? { self.place(of: id).map { self[$0] } }

    private func place(of id: OperationID) -> UInt32? {
        self.index.find(KeyedHash.process(id)) { self[$0].id == id }
    }

    private subscript(_ place: UInt32) -> Entry {
        self.blocks[Int(place >> Self.blockBits)][Int(place) & (1 << Self.blockBits - 1)]
    }

    /// Whether anything is remembered of `id`, whose hash is given.
    func contains(_ id: OperationID, _ hash: UInt64) -> Bool { self.index.find(hash) { self[$0].id == id } != nil }

    /// Keeps the result of an operation that was just decided, of which nothing is remembered yet.
    mutating func remember(_ entry: Entry) { self.remember(entry, KeyedHash.process(entry.id)) }

    /// The same with the id's hash at hand.
    mutating func remember(_ entry: Entry, _ hash: UInt64) {
        self.index.insert(hash, self.store(entry))
        self.count += 1
    }

    /// Keeps a result longer because its operation was sent again with a later `notAfter`.
    mutating func prolong(_ id: OperationID, to notAfter: UInt64) {
        guard let place = self.place(of: id) else { return }
        let slot = Self.lastSlot(notAfter)
        guard slot > self.lastSlot(of: self[place]) else { return }
        // It stays where it is until that is looked at.
        self.blocks[Int(place >> Self.blockBits)][Int(place) & (1 << Self.blockBits - 1)].lastSlot =
            UInt32(truncatingIfNeeded: slot)
    }

    /// Forgets what nobody can be told any more at `now`.
    mutating func forget(now: UInt64) {
        let slot = Self.slot(now)
        while self.firstSlot < slot, let blocks = self.slots.popFirst() {
            self.firstSlot += 1
            for block in blocks { self.forget(block) }
        }
        self.firstSlot = max(self.firstSlot, slot)
    }

    private mutating func forget(_ block: UInt32) {
        let entries = self.blocks[Int(block)]
        self.blocks[Int(block)] = []
        var hashes: ContiguousArray<UInt64> = []
        for (offset, entry) in entries.enumerated() {
            if offset % looksAtOnce == 0 {
                hashes = ContiguousArray(entries[offset...].prefix(looksAtOnce).lazy.map { KeyedHash.process($0.id) })
                self.fetch(hashes)
            }
            let hash = hashes[offset % looksAtOnce]
            let place = block << UInt32(Self.blockBits) | UInt32(truncatingIfNeeded: offset)
            if self.lastSlot(of: entry) >= self.firstSlot {
                self.index.replace(hash, place, by: self.store(entry))
            } else {
                self.index.remove(hash, place)
                self.count -= 1
            }
        }
        self.freeBlocks.append(block)
    }

    // MARK: Places

    /// The whole number of an entry's slot: the one nearest to the first, as all are within minutes of it.
    func lastSlot(of entry: Entry) -> UInt64 {
        let distance = Int32(bitPattern: entry.lastSlot &- UInt32(truncatingIfNeeded: self.firstSlot))
        return self.firstSlot &+ UInt64(bitPattern: Int64(distance))
    }

    private mutating func store(_ entry: Entry) -> UInt32 {
        let lastSlot = self.lastSlot(of: entry)
        // Bounded by the horizon, which callers have checked.
        let number = Int(lastSlot - min(self.firstSlot, lastSlot))
        while self.slots.count <= number { self.slots.append([]) }
        let block: UInt32
        if let last = self.slots[number].last, self.blocks[Int(last)].count < 1 << Self.blockBits {
            block = last
        } else {
            block = self.freeBlocks.popLast() ?? self.newBlock()
            self.slots[number].append(block)
        }
        let offset = self.blocks[Int(block)].count
        self.blocks[Int(block)].append(entry)
        return block << UInt32(Self.blockBits) | UInt32(truncatingIfNeeded: offset)
    }

    private mutating func newBlock() -> UInt32 {
        self.blocks.append([])
        return UInt32(truncatingIfNeeded: self.blocks.count - 1)
    }

    // MARK: Snapshots

    /// Only to be listed from here on: gives up its share of what finds results, so that the original goes on without
    /// copying it.
    mutating func freeze() { self.index = .empty }

    /// Starts the slots at a snapshot's global time; before the first `remember`.
    mutating func restore(now: UInt64) { self.firstSlot = Self.slot(now) }

    /// Puts back a result read from a snapshot, to be forgotten `distance` slots after the first.
    mutating func restore(_ id: OperationID, _ outcome: RememberedOutcome, fingerprint: UInt32, distance: UInt64) {
        var entry = Entry(id: id, outcome: outcome, fingerprint: fingerprint, notAfter: 0)
        entry.lastSlot = UInt32(truncatingIfNeeded: self.firstSlot + distance)
        self.remember(entry)
    }

    /// Calls `body` with everything remembered, in the order of snapshots: slot after slot, by id in each. In parts, since
    /// there is too much of it to be copied at once.
    func forEachSlot(_ body: (_ distance: Int, _ entries: [Entry]) -> Void) {
        var entries: [Entry] = []
        // Those that lie with a slot and are remembered for longer, by how long.
        var prolonged: [Int: [Entry]] = [:]
        for number in self.slots.indices {
            entries.removeAll(keepingCapacity: true)
            for block in self.slots[number] {
                for entry in self.blocks[Int(block)] {
                    let distance = self.distance(of: entry)
                    if distance > number {
                        prolonged[distance, default: []].append(entry)
                    } else {
                        entries.append(entry)
                    }
                }
            }
            entries += prolonged.removeValue(forKey: number) ?? []
            entries.sort { $0.id < $1.id }
            if !entries.isEmpty { body(number, entries) }
        }
        for (distance, entries) in prolonged.sorted(by: { $0.key < $1.key }) {
            body(distance, entries.sorted { $0.id < $1.id })
        }
    }

    /// How many slots after the first an entry is forgotten: none that is remembered ends before the first, and callers
    /// have checked that none ends beyond the horizon.
    private func distance(of entry: Entry) -> Int {
        Int(truncatingIfNeeded: entry.lastSlot &- UInt32(truncatingIfNeeded: self.firstSlot))
    }
}

/// What the state's memory is kept for when not all results can be remembered, least first.
enum OperationStanding: Int, CaseIterable, Sendable {
    case claim
    case extend
    case critical

    init(_ command: LeaseCommand) {
        switch command {
        case .claim(let key, _, _): self = key.isSingular ? .critical : .claim
        case .extend(let key, _, _): self = key.isSingular ? .critical : .extend
        case .revoke, .pin, .unpin, .resolve: self = .critical
        }
    }

    /// How many of `limit` results may be there for one more of this standing to be taken.
    func share(of limit: Int) -> Int {
        switch self {
        case .claim: limit / 4 * 3
        case .extend: limit / 16 * 15
        case .critical: limit
        }
    }
}
