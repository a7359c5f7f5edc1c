/// Operations where they lie in the bytes they were read from, checked, and not made into values: most of them are
/// extensions, which are applied without.
///
/// Good only where its reader is.
struct OperationSequence {
    /// One operation: its numbers, and where its texts are.
    struct Item {
        var kind: OperationForm.Kind
        /// Of a revoke.
        var isForced = false
        /// Whether it stands for others.
        var hasCovers = false
        var group: Int32 = 0
        var id: OperationID
        var notAfter: GlobalTime
        /// The duration of claims and extensions; of a question, the `notAfter` of what it asks about.
        var milliseconds: UInt64 = 0
        var name = TextPlace(start: 0, count: 0)
        /// The holder or the pinning entity, if it names one.
        var person: TextPlace?
        /// Where the ids it stands for are, or what it asks about.
        var rest: UInt32 = 0
    }

    let bytes: UnsafeRawBufferPointer
    private(set) var items: ContiguousArray<Item> = []
    private var numbers = GroupNumbers()

    /// By number; without a name.
    var groups: [LeaseKey] { self.numbers.groups }

    /// Reads `count` operations, which may still break the rules of `LeaseLimits`.
    init(_ count: Int, from reader: inout ByteReader) throws(LeaseCodecError) {
        self.bytes = reader.bytes
        self.items.reserveCapacity(count)
        var previous = OperationForm.Previous()
        for _ in 0..<count { self.items.append(try self.item(from: &reader, &previous)) }
    }

    // MARK: Reading

    private mutating func item(
        from reader: inout ByteReader,
        _ previous: inout OperationForm.Previous
    ) throws(LeaseCodecError) -> Item {
        let first = try reader.byte("operation")
        guard first & OperationForm.unused == 0, let kind = OperationForm.Kind(rawValue: first & OperationForm.kindBits)
        else { throw reader.error(.unknownTag, "operation") }
        var item = Item(
            kind: kind,
            id: try Self.id(first, &reader, &previous),
            notAfter: try Self.instant(first, &reader, &previous)
        )
        item.hasCovers = first & OperationForm.covers != 0
        if kind == .claim || kind == .extend {
            item.milliseconds = try Self.duration(first, &reader, &previous)
        } else if first & OperationForm.sameDuration != 0 {
            throw reader.error(.inconsistent, "duration")
        }
        item.group = try self.group(&reader)
        item.name = try reader.place("lease")
        try Self.readRest(of: &item, &reader)
        return item
    }

    private static func id(
        _ first: UInt8,
        _ reader: inout ByteReader,
        _ previous: inout OperationForm.Previous
    ) throws(LeaseCodecError) -> OperationID {
        let next = previous.nextID
        let id: OperationID
        if first & OperationForm.follows != 0 {
            guard let next else { throw reader.error(.inconsistent, "operation id") }
            id = next
        } else {
            id = try reader.operationID("operation id")
            if id == next { throw reader.error(.inconsistent, "operation id") }
        }
        previous.note(id)
        return id
    }

    private static func instant(
        _ first: UInt8,
        _ reader: inout ByteReader,
        _ previous: inout OperationForm.Previous
    ) throws(LeaseCodecError) -> GlobalTime {
        let isKnown = first & OperationForm.sameInstant != 0
        let instant = try Self.number(isKnown, previous.instant?.milliseconds, &reader, "notAfter")
        previous.instant = GlobalTime(milliseconds: instant)
        return GlobalTime(milliseconds: instant)
    }

    private static func duration(
        _ first: UInt8,
        _ reader: inout ByteReader,
        _ previous: inout OperationForm.Previous
    ) throws(LeaseCodecError) -> UInt64 {
        let isKnown = first & OperationForm.sameDuration != 0
        let duration = try Self.number(isKnown, previous.duration, &reader, "duration")
        previous.duration = duration
        return duration
    }

    /// The number before, where that is known; else another one.
    @inline(__always)
    private static func number(
        _ isKnown: Bool,
        _ previous: UInt64?,
        _ reader: inout ByteReader,
        _ field: StaticString
    ) throws(LeaseCodecError) -> UInt64 {
        let number = isKnown ? previous : try reader.varint(field)
        guard let number, isKnown || number != previous else { throw reader.error(.inconsistent, field) }
        return number
    }

    private mutating func group(_ reader: inout ByteReader) throws(LeaseCodecError) -> Int32 {
        let number = try reader.varint("group", atMost: UInt64(self.groups.count))
        if Int(number) == self.groups.count {
            let group = LeaseKey(namespace: try reader.text("namespace"), model: try reader.text("model"), name: "")
            guard self.numbers.number(of: group) == nil else { throw reader.error(.inconsistent, "group") }
            self.numbers.add(group)
        }
        return Int32(truncatingIfNeeded: number)
    }

    private static func readRest(of item: inout Item, _ reader: inout ByteReader) throws(LeaseCodecError) {
        guard item.kind == .extend || !item.hasCovers else { throw reader.error(.inconsistent, "covered operations") }
        switch item.kind {
        case .claim, .extend: item.person = try reader.place("holder")
        case .revoke:
            let flags = try reader.byte("revoke")
            guard flags & ~(OperationForm.isForced | OperationForm.hasHolder) == 0 else {
                throw reader.error(.unknownTag, "revoke")
            }
            item.isForced = flags & OperationForm.isForced != 0
            if flags & OperationForm.hasHolder != 0 { item.person = try reader.place("holder") }
        case .pin: item.person = try reader.place("entity")
        case .unpin: if try reader.flag("entity") { item.person = try reader.place("entity") }
        case .resolve:
            item.rest = UInt32(truncatingIfNeeded: reader.offset)
            _ = try reader.operationID("resolved operation")
            item.milliseconds = try reader.varint("notAfter")
        }
        guard item.hasCovers else { return }
        item.rest = UInt32(truncatingIfNeeded: reader.offset)
        let count = try reader.byte("covered operations")
        guard count > 0 else { throw reader.error(.inconsistent, "covered operations") }
        guard count <= LeaseLimits.coveredOperations else { throw reader.error(.tooLarge, "covered operations") }
        for _ in 0..<count { _ = try reader.operationID("covered operation") }
    }

    // MARK: Values

    /// The operation at `index` as a value.
    func operation(_ index: Int) -> LeaseOperation {
        let item = self.items[index]
        let group = self.groups[Int(item.group)]
        let key = LeaseKey(namespace: group.namespace, model: group.model, name: self.text(item.name))
        let person = item.person.map { self.text($0) }
        let command: LeaseCommand =
            switch item.kind {
            case .claim: .claim(key, holder: person ?? "", milliseconds: item.milliseconds)
            case .extend: .extend(key, holder: person ?? "", milliseconds: item.milliseconds)
            case .revoke: .revoke(key, holder: person, force: item.isForced)
            case .pin: .pin(key, entity: person ?? "")
            case .unpin: .unpin(key, entity: person)
            case .resolve: self.resolve(key, item)
            }
        return LeaseOperation(id: item.id, notAfter: item.notAfter, command: command, covers: self.covers(of: item))
    }

    private func text(_ place: TextPlace) -> String { place.text(in: self.bytes) }

    private func resolve(_ key: LeaseKey, _ item: Item) -> LeaseCommand {
        var offset = Int(item.rest)
        return .resolve(key, self.id(at: &offset), notAfter: GlobalTime(milliseconds: item.milliseconds))
    }

    private func covers(of item: Item) -> [OperationID] {
        guard item.hasCovers else { return [] }
        var offset = Int(item.rest) + 1
        return (0..<self.bytes[Int(item.rest)]).map { _ in self.id(at: &offset) }
    }

    private func id(at offset: inout Int) -> OperationID {
        defer { offset += 16 }
        return OperationID(
            high: UInt64(littleEndian: self.bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
            low: UInt64(littleEndian: self.bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
        )
    }
}

extension [LeaseOperation] {
    /// Reads `count` operations as an `OperationWriter` wrote them, from `offset` to the end of `bytes`; they may still break the
    /// rules of `LeaseLimits`.
    package init(decoding bytes: [UInt8], from offset: Int, count: Int) throws(LeaseCodecError) {
        self = try ByteReader.read(bytes, from: offset) { reader throws(LeaseCodecError) in
            let sequence = try OperationSequence(count, from: &reader)
            try reader.finish("operations")
            return (0..<count).map { sequence.operation($0) }
        }
    }
}
