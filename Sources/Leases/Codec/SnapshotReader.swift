extension LeaseState {
    /// Reads a snapshot; refuses damage, another version, and anything `encodedSnapshot` would not have written, so
    /// that what is accepted encodes to the very same bytes again.
    package init(decoding bytes: [UInt8]) throws(LeaseCodecError) {
        self.init()
        var reader = SnapshotReader(bytes)
        try reader.readHead(&self)
        for shard in 0..<LeaseTable.shardCount { try reader.readRecords(shard, &self) }
        for shard in 0..<LeaseTable.shardCount { try reader.readPins(shard, &self) }
        try reader.checkGroups()
        self.table.restored()
        self.results.restore(now: self.globalTime.milliseconds)
        for shard in 0..<RememberedResults.shardCount { try reader.readResults(shard, &self) }
        try reader.bytes.finish("snapshot")
    }
}

/// Reads the parts of a snapshot in order, checking each against the rules of the state.
struct SnapshotReader {
    fileprivate var bytes: ByteReader
    private let snapshot: [UInt8]
    private var groups: [LeaseKey] = []
    private var usedGroups: [Bool] = []
    private static let checksumBytes = 8

    init(_ snapshot: [UInt8]) {
        self.snapshot = snapshot
        self.bytes = ByteReader(snapshot, to: max(0, snapshot.count - Self.checksumBytes))
    }

    /// Magic and version first, so that another version is named as such, then the checksum over everything.
    fileprivate mutating func readHead(_ state: inout LeaseState) throws(LeaseCodecError) {
        try self.bytes.header(LeaseState.snapshotMagic, version: LeaseState.snapshotVersion, "snapshot")
        try self.checkSum()
        state.globalTime = GlobalTime(milliseconds: try self.bytes.varint("global time"))
        state.lastToken = FencingToken(try self.bytes.varint("last token", atMost: FencingToken.largest))
        let count = try self.bytes.count("groups", each: 4)
        self.groups.reserveCapacity(count)
        for _ in 0..<count {
            let group = LeaseKey(namespace: try self.name("namespace"), model: try self.name("model"), name: "")
            if let last = self.groups.last { try self.require(last < group, "groups") }
            self.groups.append(group)
        }
        self.usedGroups = Array(repeating: false, count: count)
    }

    private func checkSum() throws(LeaseCodecError) {
        let body = self.snapshot.count - Self.checksumBytes
        var trailer = ByteReader(self.snapshot, from: body)
        let expected = try trailer.word("checksum")
        var hash = StableHash()
        self.snapshot.withUnsafeBytes { hash.combine(bytes: UnsafeRawBufferPointer(rebasing: $0[..<body])) }
        guard hash.value == expected else {
            throw LeaseCodecError(.damaged, field: "checksum", offset: body)
        }
    }

    fileprivate mutating func readRecords(_ shard: Int, _ state: inout LeaseState) throws(LeaseCodecError) {
        let count = try self.bytes.count("leases", each: 8, atMost: LeaseLimits.heldLeases)
        let latest = state.globalTime.advanced(byMilliseconds: LeaseLimits.durationMilliseconds.upperBound)
        state.table.reserve(count, shard: shard)
        var previous: LeaseKey?
        for _ in 0..<count {
            let key = try self.key(shard, after: previous)
            let record = LeaseShard.Record(
                holder: try self.name("holder"),
                token: try self.bytes.varint("token", atMost: state.lastToken.rawValue),
                end: try self.bytes.varint("end", atMost: latest.milliseconds),
                queued: LeaseShard.unqueued,
                isRevoking: try self.bytes.flag("revoking")
            )
            try self.require(record.token > 0, "token")
            state.table.restore(key, record, shard: shard)
            previous = key
        }
        try self.require(state.table.count <= LeaseLimits.heldLeases, "leases")
    }

    fileprivate mutating func readPins(_ shard: Int, _ state: inout LeaseState) throws(LeaseCodecError) {
        let count = try self.bytes.count("pins", each: 6, atMost: LeaseLimits.pins)
        var previous: LeaseKey?
        for _ in 0..<count {
            let key = try self.key(shard, after: previous)
            let pins = try self.bytes.count("entities", each: 2, atMost: LeaseLimits.pinsPerKey)
            try self.require(pins > 0, "entities")
            var entities: [String] = []
            for _ in 0..<pins {
                let entity = try self.name("entity")
                if let last = entities.last { try self.require(last.compareBytes(with: entity) < 0, "entities") }
                entities.append(entity)
            }
            state.table.restore(pins: entities, of: key, shard: shard)
            previous = key
        }
        try self.require(state.table.pinCount <= LeaseLimits.pins, "pins")
    }

    fileprivate func checkGroups() throws(LeaseCodecError) {
        try self.require(self.usedGroups.allSatisfy { $0 }, "groups")
    }

    fileprivate mutating func readResults(_ shard: Int, _ state: inout LeaseState) throws(LeaseCodecError) {
        let count = try self.bytes.count("results", each: 26, atMost: LeaseLimits.rememberedResults)
        let now = state.globalTime.milliseconds
        let horizon = state.globalTime.advanced(byMilliseconds: LeaseLimits.notAfterHorizonMilliseconds)
        var previous: OperationID?
        for _ in 0..<count {
            let id = OperationID(
                high: try self.bytes.word("operation id"),
                low: try self.bytes.word("operation id")
            )
            if let previous { try self.require(previous < id, "operation id") }
            try self.require(RememberedResults.shard(of: id) == shard, "operation id")
            let fingerprint = try self.bytes.word("fingerprint")
            let notAfter = try self.bytes.varint("notAfter", atMost: horizon.milliseconds)
            try self.require(RememberedResults.lastSlot(notAfter) >= RememberedResults.slot(now), "notAfter")
            let result = try OperationResult(from: &self.bytes)
            switch result {
            case .invalid, .resolved: throw self.bytes.error(.inconsistent, "result")
            default: break
            }
            let entry = RememberedResults.Entry(result: result, fingerprint: fingerprint, notAfter: notAfter)
            state.results.remember(id, entry)
            previous = id
        }
        try self.require(state.results.count <= LeaseLimits.rememberedResults, "results")
    }

    // MARK: Parts

    private mutating func key(_ shard: Int, after previous: LeaseKey?) throws(LeaseCodecError) -> LeaseKey {
        let number = Int(truncatingIfNeeded: try self.bytes.varint("group", atMost: UInt64(UInt32.max)))
        guard number < self.groups.count else { throw self.bytes.error(.inconsistent, "group") }
        self.usedGroups[number] = true
        let group = self.groups[number]
        let key = LeaseKey(namespace: group.namespace, model: group.model, name: try self.name("lease"))
        try self.require(LeaseTable.shard(of: key) == shard, "lease")
        if let previous { try self.require(previous < key, "lease") }
        return key
    }

    private mutating func name(_ field: String) throws(LeaseCodecError) -> String {
        let text = try self.bytes.text(field)
        try self.require(LeaseLimits.violation(of: text, as: field) == nil, field)
        return text
    }

    private func require(_ condition: Bool, _ field: String) throws(LeaseCodecError) {
        guard condition else { throw self.bytes.error(.inconsistent, field) }
    }
}
