extension LeaseState {
    static let snapshotMagic: StaticString = "HFLS"
    static let snapshotVersion: UInt8 = 2

    /// The whole state as bytes, the same on every replica that applied the same entries: shard by shard, sorted
    /// inside a shard, with a checksum at the end. Encode a copy, off the thread that applies.
    package func encodedSnapshot() -> [UInt8] {
        let groups = SnapshotGroups(self.table)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1_024 + 64 * (self.table.count + self.results.count))
        for index in 0..<Self.snapshotMagic.utf8CodeUnitCount {
            bytes.append(Self.snapshotMagic.utf8Start[index])
        }
        bytes.append(Self.snapshotVersion)
        bytes.append(varint: self.globalTime.milliseconds)
        bytes.append(varint: self.lastToken.rawValue)
        groups.encode(into: &bytes)
        for shard in self.table.shards { shard.encodeRecords(groups, into: &bytes) }
        for shard in self.table.shards { shard.encodePins(groups, into: &bytes) }
        for shard in self.results.shards { RememberedResults.encode(shard, into: &bytes) }
        var hash = StableHash()
        bytes.withUnsafeBytes { hash.combine(bytes: $0) }
        bytes.append(word: hash.value)
        return bytes
    }
}

/// The (namespace, model) pairs of a state in order, so that a snapshot names each once.
struct SnapshotGroups {
    private(set) var sorted: [LeaseKey]
    private var numbers: [LeaseKey: UInt64]

    init(_ table: LeaseTable) {
        var found: Set<LeaseKey> = []
        for shard in table.shards {
            for key in shard.records.keys { found.insert(Self.group(key)) }
            for key in shard.pins.keys { found.insert(Self.group(key)) }
        }
        self.sorted = found.sorted()
        self.numbers = Dictionary(
            uniqueKeysWithValues: self.sorted.enumerated().map { ($0.element, UInt64($0.offset)) }
        )
    }

    static func group(_ key: LeaseKey) -> LeaseKey { LeaseKey(namespace: key.namespace, model: key.model, name: "") }

    /// The group's place; keys are ordered by it and then by name, which is key order.
    func number(of key: LeaseKey) -> UInt64 { self.numbers[Self.group(key)] ?? 0 }

    func encode(into bytes: inout [UInt8]) {
        bytes.append(varint: UInt64(self.sorted.count))
        for group in self.sorted {
            bytes.append(text: group.namespace)
            bytes.append(text: group.model)
        }
    }
}

extension LeaseShard {
    fileprivate func encodeRecords(_ groups: SnapshotGroups, into bytes: inout [UInt8]) {
        bytes.append(varint: UInt64(self.records.count))
        for (group, key, record) in Self.inOrder(self.records, groups) {
            bytes.append(varint: group)
            bytes.append(text: key.name)
            bytes.append(text: record.holder)
            bytes.append(varint: record.token)
            bytes.append(varint: record.end)
            bytes.append(flag: record.isRevoking)
        }
    }

    fileprivate func encodePins(_ groups: SnapshotGroups, into bytes: inout [UInt8]) {
        bytes.append(varint: UInt64(self.pins.count))
        for (group, key, entities) in Self.inOrder(self.pins, groups) {
            bytes.append(varint: group)
            bytes.append(text: key.name)
            bytes.append(varint: UInt64(entities.count))
            for entity in entities { bytes.append(text: entity) }
        }
    }

    private static func inOrder<Value>(
        _ values: [LeaseKey: Value],
        _ groups: SnapshotGroups
    ) -> [(UInt64, LeaseKey, Value)] {
        values.map { (groups.number(of: $0.key), $0.key, $0.value) }
            .sorted { $0.0 != $1.0 ? $0.0 < $1.0 : $0.1.name.compareBytes(with: $1.1.name) < 0 }
    }
}

extension RememberedResults {
    fileprivate static func encode(_ shard: [OperationID: Entry], into bytes: inout [UInt8]) {
        bytes.append(varint: UInt64(shard.count))
        for (id, entry) in shard.sorted(by: { $0.key < $1.key }) {
            bytes.append(word: id.high)
            bytes.append(word: id.low)
            bytes.append(word: entry.fingerprint)
            bytes.append(varint: entry.notAfter)
            entry.result.encoded(into: &bytes)
        }
    }
}

extension OperationID {
    /// The order of snapshots.
    static func < (left: OperationID, right: OperationID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
