extension LeaseState {
    /// Reads a snapshot; refuses damage, another version, and anything `encodedSnapshot` would not have written, so
    /// that what is accepted encodes to the very same bytes again.
    package init(decoding bytes: [UInt8]) throws(LeaseCodecError) {
        self = try SnapshotReader.read(bytes) { reader throws(LeaseCodecError) in
            var state = LeaseState()
            try reader.readHead(&state)
            try reader.readLeases(&state)
            try reader.readPins(&state)
            try reader.checkGroups()
            state.table.restored()
            try reader.readResults(&state)
            try reader.bytes.finish("snapshot")
            return state
        }
    }
}

/// Reads the parts of a snapshot in order, checking each against the rules of the state.
struct SnapshotReader {
    fileprivate var bytes: ByteReader
    private var groups: [LeaseKey] = []
    private var usedGroups: [Bool] = []
    private static let checksumBytes = 8

    private init(_ bytes: ByteReader) { self.bytes = bytes }

    /// Calls `body` with a reader of `snapshot`, which is good only there.
    static func read(
        _ snapshot: [UInt8],
        _ body: (inout SnapshotReader) throws(LeaseCodecError) -> LeaseState
    ) throws(LeaseCodecError) -> LeaseState {
        try ByteReader.read(snapshot, to: snapshot.count - Self.checksumBytes) { bytes throws(LeaseCodecError) in
            var reader = SnapshotReader(bytes)
            return try body(&reader)
        }
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
            state.table.restore(group: group)
        }
        self.usedGroups = Array(repeating: false, count: count)
    }

    private func checkSum() throws(LeaseCodecError) {
        let all = self.bytes.bytes
        let body = all.count - Self.checksumBytes
        var hash = StableHash()
        hash.combine(bytes: UnsafeRawBufferPointer(rebasing: all[..<body]))
        guard hash.value == UInt64(littleEndian: all.loadUnaligned(fromByteOffset: body, as: UInt64.self)) else {
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
        let count = try self.bytes.count("results", each: ResultForm.shortest, atMost: LeaseLimits.rememberedResults)
        let furthest = RememberedResults.lastSlot(horizon) - RememberedResults.slot(now.milliseconds)
        var previous: OperationID?
        var distance: UInt64 = 0
        for _ in 0..<count {
            let first = try self.bytes.byte("result")
            guard first & ResultForm.unused == 0,
                let kind = RememberedOutcome.Kind(rawValue: first & ResultForm.kindBits)
            else { throw self.bytes.error(.inconsistent, "result") }
            let id = try self.resultID(first, after: previous)
            let lastDistance = distance
            if first & ResultForm.sameSlot == 0 {
                let step = try self.bytes.varint("slot", atMost: furthest - distance)
                try self.require(step > 0, "slot")
                distance += step
            }
            let fingerprint = try self.bytes.half("fingerprint")
            let token = kind.hasToken ? try self.bytes.varint("result", atMost: state.lastToken.rawValue) : 0
            try self.require(kind.hasToken == (token > 0), "result")
            if let previous, distance == lastDistance { try self.require(previous < id, "operation id") }
            try self.require(state.results[id] == nil, "operation id")
            state.results.restore(
                id,
                RememberedOutcome(kind: kind, token: token),
                fingerprint: fingerprint,
                distance: distance
            )
            previous = id
        }
    }

    private mutating func resultID(
        _ first: UInt8,
        after previous: OperationID?
    ) throws(LeaseCodecError) -> OperationID {
        let next = previous.map { OperationID(high: $0.high, low: $0.low &+ 1) }
        guard first & ResultForm.follows != 0 else {
            let id = try self.bytes.operationID("operation id")
            try self.require(id != next, "operation id")
            return id
        }
        guard let next else { throw self.bytes.error(.inconsistent, "operation id") }
        return next
    }

    // MARK: Parts

    private mutating func key() throws(LeaseCodecError) -> LeaseKey {
        let number = Int(truncatingIfNeeded: try self.bytes.varint("group", atMost: UInt64(UInt32.max)))
        guard number < self.groups.count else { throw self.bytes.error(.inconsistent, "group") }
        self.usedGroups[number] = true
        let group = self.groups[number]
        return LeaseKey(namespace: group.namespace, model: group.model, name: try self.name("lease"))
    }

    private mutating func name(_ field: StaticString) throws(LeaseCodecError) -> String {
        let text = try self.bytes.text(field)
        try self.require(LeaseLimits.violation(of: text, as: "it") == nil, field)
        return text
    }

    private func require(_ condition: Bool, _ field: StaticString) throws(LeaseCodecError) {
        guard condition else { throw self.bytes.error(.inconsistent, field) }
    }
}
