extension LeaseState {
    static let snapshotMagic: StaticString = "HFLS"
    static let snapshotVersion: UInt8 = 2

    /// The whole state as bytes, the same on every replica that applied the same entries: leases by token, pins by key,
    /// results by when they are forgotten, with a checksum at the end. Encode a copy, off the thread that applies.
    package func encodedSnapshot() -> [UInt8] {
        let groups = SnapshotGroups(self.table)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1_024 + 64 * self.table.count + 40 * self.results.count)
        for index in 0..<Self.snapshotMagic.utf8CodeUnitCount {
            bytes.append(Self.snapshotMagic.utf8Start[index])
        }
        bytes.append(Self.snapshotVersion)
        bytes.append(varint: self.globalTime.milliseconds)
        bytes.append(varint: self.lastToken.rawValue)
        groups.encode(into: &bytes)
        self.table.encodeLeases(groups, into: &bytes)
        self.table.encodePins(groups, into: &bytes)
        self.results.encode(into: &bytes)
        var hash = StableHash()
        bytes.withUnsafeBytes { hash.combine(bytes: $0) }
        bytes.append(word: hash.value)
        return bytes
    }
}

/// The (namespace, model) pairs of a state in order, so that a snapshot names each once.
struct SnapshotGroups {
    /// As they were found.
    private var groups: [LeaseKey] = []
    /// The places of `groups` in order, and where each of them is in that order.
    private var order: [Int] = []
    private var numbers: [UInt64] = []
    private var index = PlaceIndex()

    init(_ table: LeaseTable) {
        for number in table.shards.indices where !table.shards[number].isUntouched {
            let shard = table.shards[number]
            for place in shard.places { self.note(shard.names[place].key) }
            for key in shard.pins.keys { self.note(key) }
        }
        self.order = self.groups.indices.sorted { [groups] in groups[$0] < groups[$1] }
        self.numbers = [UInt64](repeating: 0, count: self.groups.count)
        for (number, place) in self.order.enumerated() { self.numbers[place] = UInt64(number) }
    }

    private mutating func note(_ key: LeaseKey) {
        let hash = KeyedHash.process.group(key)
        guard self.place(of: key, hash) == nil else { return }
        self.index.insert(hash, UInt32(truncatingIfNeeded: self.groups.count))
        self.groups.append(LeaseKey(namespace: key.namespace, model: key.model, name: ""))
    }

    private func place(of key: LeaseKey, _ hash: UInt64) -> Int? {
        self.index.find(hash) { self.groups[Int($0)].hasSameGroup(as: key) }.map(Int.init)
    }

    /// The group's place; keys are ordered by it and then by name, which is key order.
    func number(of key: LeaseKey) -> UInt64 {
        self.place(of: key, KeyedHash.process.group(key)).map { self.numbers[$0] } ?? 0
    }

    func encode(into bytes: inout [UInt8]) {
        bytes.append(varint: UInt64(self.order.count))
        for place in self.order {
            bytes.append(text: self.groups[place].namespace)
            bytes.append(text: self.groups[place].model)
        }
    }
}

extension LeaseTable {
    fileprivate func encodeLeases(_ groups: SnapshotGroups, into bytes: inout [UInt8]) {
        var order: [(token: UInt64, shard: Int32, place: Int32)] = []
        order.reserveCapacity(self.count)
        for number in self.shards.indices where self.shards[number].count > 0 {
            let shard = self.shards[number]
            for place in shard.places { order.append((shard.terms[place].token, Int32(number), Int32(place))) }
        }
        order.sort { $0.token < $1.token }
        bytes.append(varint: UInt64(order.count))
        for (token, number, place) in order {
            let shard = self.shards[Int(number)]
            let (names, term) = (shard.names[Int(place)], shard.terms[Int(place)])
            bytes.append(varint: groups.number(of: names.key))
            bytes.append(text: names.key.name)
            bytes.append(text: names.holder)
            bytes.append(varint: token)
            bytes.append(varint: term.end)
            bytes.append(flag: term.isRevoking)
        }
    }

    fileprivate func encodePins(_ groups: SnapshotGroups, into bytes: inout [UInt8]) {
        var pins: [(key: LeaseKey, value: [String])] = []
        if self.pinCount > 0 {
            for number in self.shards.indices { pins += self.shards[number].pins }
            pins.sort { $0.key < $1.key }
        }
        bytes.append(varint: UInt64(pins.count))
        for (key, entities) in pins {
            bytes.append(varint: groups.number(of: key))
            bytes.append(text: key.name)
            bytes.append(varint: UInt64(entities.count))
            for entity in entities { bytes.append(text: entity) }
        }
    }
}

extension RememberedResults {
    fileprivate func encode(into bytes: inout [UInt8]) {
        for notAfter in self.refusedUntil { bytes.append(varint: notAfter) }
        bytes.append(varint: UInt64(self.count))
        for entry in self.sorted {
            bytes.append(word: entry.id.high)
            bytes.append(word: entry.id.low)
            bytes.append(varint: UInt64(entry.fingerprint))
            bytes.append(varint: entry.outcome.encoded)
            bytes.append(varint: self.lastSlot(of: entry) - self.firstSlot)
        }
    }
}

extension LeaseKey {
    fileprivate func hasSameGroup(as other: LeaseKey) -> Bool {
        self.model.hasSameBytes(as: other.model) && self.namespace.hasSameBytes(as: other.namespace)
    }
}

extension OperationID {
    /// The order of snapshots.
    static func < (left: OperationID, right: OperationID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
