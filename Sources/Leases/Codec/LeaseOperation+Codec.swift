extension LeaseOperation {
    /// Appends this operation; exactly what `init(decoding:)` reads. It carries no version of its own: whoever ships
    /// operations puts one into the envelope.
    package func encoded(into bytes: inout [UInt8]) {
        bytes.append(self.command.tag)
        bytes.append(word: self.id.high)
        bytes.append(word: self.id.low)
        bytes.append(varint: self.notAfter.milliseconds)
        self.command.encodeFields(into: &bytes)
        guard case .extend = self.command else { return }
        bytes.append(UInt8(truncatingIfNeeded: min(self.covers.count, LeaseLimits.coveredOperations)))
        for id in self.covers.prefix(LeaseLimits.coveredOperations) {
            bytes.append(word: id.high)
            bytes.append(word: id.low)
        }
    }

    /// Whether nothing of it is cut when it is encoded.
    var isReadAsWritten: Bool {
        if case .extend = self.command {} else if !self.covers.isEmpty { return false }
        return self.covers.count <= LeaseLimits.coveredOperations && self.command.hasOnlyShortTexts
    }

    /// This operation alone.
    package func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(128)
        self.encoded(into: &bytes)
        return bytes
    }

    /// Bytes of the shortest operation, to bound a count before any is read.
    static let shortest = 22

    init(from reader: inout ByteReader) throws(LeaseCodecError) {
        let tag = try reader.byte("operation")
        let id = OperationID(high: try reader.word("operation id"), low: try reader.word("operation id"))
        let notAfter = GlobalTime(milliseconds: try reader.varint("notAfter"))
        let command = try LeaseCommand(tag: tag, from: &reader)
        self.init(id: id, notAfter: notAfter, command: command)
        guard case .extend = command else { return }
        let covered = try reader.byte("covered operations")
        guard covered <= LeaseLimits.coveredOperations else { throw reader.error(.tooLarge, "covered operations") }
        for _ in 0..<covered {
            let high = try reader.word("covered operation")
            self.covers.append(OperationID(high: high, low: try reader.word("covered operation")))
        }
    }
}

extension LeaseCommand {
    fileprivate var hasOnlyShortTexts: Bool {
        switch self {
        case .claim(let key, let name, _), .extend(let key, let name, _), .pin(let key, let name):
            key.hasOnlyShortTexts && name.isShort
        case .revoke(let key, let name, _), .unpin(let key, let name): key.hasOnlyShortTexts && name?.isShort != false
        case .resolve(let key, _, _): key.hasOnlyShortTexts
        }
    }

    fileprivate var tag: UInt8 {
        switch self {
        case .claim: 1
        case .extend: 2
        case .revoke: 3
        case .pin: 4
        case .unpin: 5
        case .resolve: 6
        }
    }

    fileprivate func encodeFields(into bytes: inout [UInt8]) {
        let key = self.key
        bytes.append(text: key.namespace)
        bytes.append(text: key.model)
        bytes.append(text: key.name)
        switch self {
        case .claim(_, let holder, let milliseconds), .extend(_, let holder, let milliseconds):
            bytes.append(text: holder)
            bytes.append(varint: milliseconds)
        case .revoke(_, let holder, let force):
            bytes.append(flag: force)
            bytes.append(optionalText: holder)
        case .pin(_, let entity):
            bytes.append(text: entity)
        case .unpin(_, let entity):
            bytes.append(optionalText: entity)
        case .resolve(_, let id, let notAfter):
            bytes.append(word: id.high)
            bytes.append(word: id.low)
            bytes.append(varint: notAfter.milliseconds)
        }
    }

    fileprivate init(tag: UInt8, from reader: inout ByteReader) throws(LeaseCodecError) {
        guard (1...6).contains(tag) else { throw reader.error(.unknownTag, "operation") }
        let key = LeaseKey(
            namespace: try reader.text("namespace"),
            model: try reader.text("model"),
            name: try reader.text("lease")
        )
        switch tag {
        case 1:
            self = .claim(key, holder: try reader.text("holder"), milliseconds: try reader.varint("duration"))
        case 2:
            self = .extend(key, holder: try reader.text("holder"), milliseconds: try reader.varint("duration"))
        case 3:
            let force = try reader.flag("force")
            self = .revoke(key, holder: try reader.optionalText("holder"), force: force)
        case 4:
            self = .pin(key, entity: try reader.text("entity"))
        case 5:
            self = .unpin(key, entity: try reader.optionalText("entity"))
        default:
            let high = try reader.word("resolved operation")
            let id = OperationID(high: high, low: try reader.word("resolved operation"))
            self = .resolve(key, id, notAfter: GlobalTime(milliseconds: try reader.varint("notAfter")))
        }
    }

    /// Tells apart two commands sent under one id; the same in every process. Extensions of one lease by one holder are
    /// the same command whatever their durations, because one may have been applied in the other's stead.
    var fingerprint: UInt64 {
        var hash = StableHash()
        hash.combine(UInt64(self.tag))
        let key = self.key
        hash.combine(key.namespace)
        hash.combine(key.model)
        hash.combine(key.name)
        switch self {
        case .claim(_, let holder, let milliseconds):
            hash.combine(holder)
            hash.combine(milliseconds)
        case .extend(_, let holder, _):
            hash.combine(holder)
        case .revoke(_, let holder, let force):
            hash.combine(force ? 1 : 0)
            hash.combine(holder ?? "")
        case .pin(_, let entity):
            hash.combine(entity)
        case .unpin(_, let entity):
            hash.combine(entity ?? "")
        case .resolve(_, let id, let notAfter):
            hash.combine(id.high)
            hash.combine(id.low)
            hash.combine(notAfter.milliseconds)
        }
        return hash.value
    }
}

extension LeaseKey {
    fileprivate var hasOnlyShortTexts: Bool { self.namespace.isShort && self.model.isShort && self.name.isShort }
}

extension String {
    fileprivate var isShort: Bool { self.utf8.count <= [UInt8].longestText }
}

extension [UInt8] {
    fileprivate mutating func append(optionalText text: String?) {
        self.append(flag: text != nil)
        if let text { self.append(text: text) }
    }
}

extension ByteReader {
    fileprivate mutating func optionalText(_ field: String) throws(LeaseCodecError) -> String? {
        try self.flag(field) ? try self.text(field) : nil
    }
}
