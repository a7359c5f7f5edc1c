extension LeaseState {
    /// Reads a snapshot; refuses damage, another version, and anything `encodedSnapshot` would not have written, so
    /// that what is accepted encodes to the very same bytes again.
    package init(decoding bytes: [UInt8]) throws(LeaseCodecError) {
        self.init()
        var reader = SnapshotReader(bytes)
        try reader.readHead(&self)
        try reader.readLeases(&self)
        try reader.readPins(&self)
        try reader.checkGroups()
        self.table.restored()
        try reader.readResults(&self)
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

    fileprivate mutating func readLeases(_ state: inout LeaseState) throws(LeaseCodecError) {
        let count = try self.bytes.count("leases", each: 8, atMost: LeaseLimits.heldLeases)
        let latest = state.globalTime.advanced(byMilliseconds: LeaseLimits.longest)
        state.table.reserve(count)
        var last: UInt64 = 0
        for _ in 0..<count {
            let key = try self.key()
            let holder = try self.name("holder")
            let term = LeaseShard.Term(
                token: try self.bytes.varint("token", atMost: state.lastToken.rawValue),
                end: try self.bytes.varint("end", atMost: latest.milliseconds),
                isRevoking: try self.bytes.flag("revoking")
            )
            try self.require(term.token > last, "token")
            last = term.token
            try self.require(state.table.restore(key, holder: holder, term), "lease")
        }
    }

    fileprivate mutating func readPins(_ state: inout LeaseState) throws(LeaseCodecError) {
        let count = try self.bytes.count("pins", each: 5, atMost: LeaseLimits.pins)
        var previous: LeaseKey?
        for _ in 0..<count {
            let key = try self.key()
            if let previous { try self.require(previous < key, "lease") }
            let pins = try self.bytes.count("entities", each: 2, atMost: LeaseLimits.pinsPerKey)
            try self.require(pins > 0, "entities")
            var entities: [String] = []
            for _ in 0..<pins {
                let entity = try self.name("entity")
                if let last = entities.last { try self.require(last.compareBytes(with: entity) < 0, "entities") }
                entities.append(entity)
            }
            state.table.restore(pins: entities, of: key)
            previous = key
        }
        try self.require(state.table.pinCount <= LeaseLimits.pins, "pins")
    }

    fileprivate func checkGroups() throws(LeaseCodecError) {
        try self.require(self.usedGroups.allSatisfy { $0 }, "groups")
    }

    fileprivate mutating func readResults(_ state: inout LeaseState) throws(LeaseCodecError) {
        let now = state.globalTime
        let horizon = now.advanced(byMilliseconds: LeaseLimits.notAfterHorizonMilliseconds).milliseconds
        state.results.restore(now: now.milliseconds)
        var refusedUntil: [UInt64] = []
        for _ in OperationStanding.allCases {
            refusedUntil.append(try self.bytes.varint("refusals", atMost: horizon))
        }
        state.results.restore(refusedUntil: refusedUntil)
        let count = try self.bytes.count("results", each: 26, atMost: LeaseLimits.rememberedResults)
        let furthest = RememberedResults.lastSlot(horizon) - RememberedResults.slot(now.milliseconds)
        var previous: (distance: UInt64, id: OperationID)?
        for _ in 0..<count {
            let id = OperationID(
                high: try self.bytes.word("operation id"),
                low: try self.bytes.word("operation id")
            )
            let fingerprint = UInt32(
                truncatingIfNeeded: try self.bytes.varint("fingerprint", atMost: UInt64(UInt32.max))
            )
            let outcome = RememberedOutcome(word: try self.bytes.varint("result"))
            guard let outcome else { throw self.bytes.error(.inconsistent, "result") }
            try self.require(outcome.token <= state.lastToken.rawValue, "result")
            let distance = try self.bytes.varint("slot", atMost: furthest)
            if let previous {
                let isNext = previous.distance < distance || (previous.distance == distance && previous.id < id)
                try self.require(isNext && state.results[id] == nil, "operation id")
            }
            state.results.restore(id, outcome, fingerprint: fingerprint, distance: distance)
            previous = (distance, id)
        }
    }

    // MARK: Parts

    private mutating func key() throws(LeaseCodecError) -> LeaseKey {
        let number = Int(truncatingIfNeeded: try self.bytes.varint("group", atMost: UInt64(UInt32.max)))
        guard number < self.groups.count else { throw self.bytes.error(.inconsistent, "group") }
        self.usedGroups[number] = true
        let group = self.groups[number]
        return LeaseKey(namespace: group.namespace, model: group.model, name: try self.name("lease"))
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
