extension LeaseState {
    static let snapshotMagic: StaticString = "HFLS"
    static let snapshotVersion: UInt8 = 3

    /// The whole state as bytes, the same on every replica that applied the same entries: leases by token, pins by key,
    /// results by when they are forgotten, with a checksum at the end. To be encoded elsewhere, freeze the state first.
    package func encodedSnapshot() -> [UInt8] { self.frozen.encodedSnapshot() }
}

extension FrozenState {
    /// The bytes the original would have been encoded to at that moment; see `LeaseState.encodedSnapshot`.
    package func encodedSnapshot() -> [UInt8] {
        let leases = self.table.leases
        var groups = SnapshotGroups(leases.lazy.map { self.table.names(of: $0).key }, self.table.pins.lazy.map(\.key))
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1_024 + 64 * self.table.count + 16 * self.results.count)
        let magic = LeaseState.snapshotMagic
        for index in 0..<magic.utf8CodeUnitCount { bytes.append(magic.utf8Start[index]) }
        bytes.append(LeaseState.snapshotVersion)
        bytes.append(varint: self.globalTime.milliseconds)
        bytes.append(varint: self.lastToken.rawValue)
        groups.encode(into: &bytes)
        bytes.append(varint: UInt64(leases.count))
        for lease in leases { self.encode(lease, &groups, into: &bytes) }
        self.encodePins(&groups, into: &bytes)
        self.results.encode(into: &bytes)
        var hash = StableHash()
        bytes.withUnsafeBytes { hash.combine(bytes: $0) }
        bytes.append(word: hash.value)
        return bytes
    }

    private func encode(_ lease: FrozenTable.Held, _ groups: inout SnapshotGroups, into bytes: inout [UInt8]) {
        let names = self.table.names(of: lease)
        bytes.append(varint: groups.number(of: names.key))
        bytes.append(text: names.key.name)
        bytes.append(text: names.holder)
        bytes.append(varint: lease.term.token)
        bytes.append(varint: lease.term.end)
        bytes.append(flag: lease.term.isRevoking)
    }

    private func encodePins(_ groups: inout SnapshotGroups, into bytes: inout [UInt8]) {
        bytes.append(varint: UInt64(self.table.pins.count))
        for (key, entities) in self.table.pins.sorted(by: { $0.key < $1.key }) {
            bytes.append(varint: groups.number(of: key))
            bytes.append(text: key.name)
            bytes.append(varint: UInt64(entities.count))
            for entity in entities { bytes.append(text: entity) }
        }
    }
}

/// The (namespace, model) pairs of a state in order, so that a snapshot names each once.
struct SnapshotGroups {
    private var found = GroupNumbers()
    /// The numbers of those found in order, and where each of them is in that order.
    private var order: [Int] = []
    private var places: [UInt64] = []

    init(_ keys: some Sequence<LeaseKey>, _ pinned: some Sequence<LeaseKey>) {
        for key in keys { self.note(key) }
        for key in pinned { self.note(key) }
        let groups = self.found.groups
        self.order = groups.indices.sorted { groups[$0] < groups[$1] }
        self.places = [UInt64](repeating: 0, count: groups.count)
        for (place, number) in self.order.enumerated() { self.places[number] = UInt64(place) }
    }

    private mutating func note(_ key: LeaseKey) { if self.found.number(of: key) == nil { self.found.add(key) } }

    /// The group's place; keys are ordered by it and then by name, which is key order.
    mutating func number(of key: LeaseKey) -> UInt64 { self.found.number(of: key).map { self.places[$0] } ?? 0 }

    func encode(into bytes: inout [UInt8]) {
        bytes.append(varint: UInt64(self.order.count))
        for number in self.order {
            bytes.append(text: self.found.groups[number].namespace)
            bytes.append(text: self.found.groups[number].model)
        }
    }
}

extension RememberedResults {
    /// Each result by what sets it apart from the one before: those of a bulk call have ids that follow one another.
    fileprivate func encode(into bytes: inout [UInt8]) {
        for notAfter in self.refusedUntil { bytes.append(varint: notAfter) }
        bytes.append(varint: UInt64(self.count))
        var next: OperationID?
        var last = 0
        self.forEachSlot { distance, entries in
            for entry in entries {
                let outcome = entry.outcome
                var first = outcome.kind.rawValue
                if entry.id == next { first |= ResultForm.follows }
                if distance == last { first |= ResultForm.sameSlot }
                bytes.append(first)
                if first & ResultForm.follows == 0 { bytes.append(entry.id) }
                if first & ResultForm.sameSlot == 0 { bytes.append(varint: UInt64(distance - last)) }
                bytes.append(half: entry.fingerprint)
                if outcome.kind.hasToken { bytes.append(varint: outcome.token) }
                next = OperationID(high: entry.id.high, low: entry.id.low &+ 1)
                last = distance
            }
        }
    }
}

/// The first byte of a result in a snapshot: its kind, and what is not written because it is known from the one before.
enum ResultForm {
    static let kindBits: UInt8 = 0b0000_1111
    /// Its id is the last one's successor.
    static let follows: UInt8 = 0b0001_0000
    /// It is forgotten with the last one; the first with the present slot.
    static let sameSlot: UInt8 = 0b0010_0000
    static let unused: UInt8 = 0b1100_0000
    /// Bytes of the shortest result, to bound a count before any is read.
    static let shortest = 5
}

extension OperationID {
    /// The order of snapshots.
    static func < (left: OperationID, right: OperationID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
