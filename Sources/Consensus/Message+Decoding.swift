extension Message {
    /// Reads what `encoded` wrote; anything else is refused, whatever the bytes.
    ///
    /// That the fields make sense together is checked by the core, which knows who sent them and in which term it is.
    package init(
        decoding bytes: [UInt8],
        limits: MessageLimits = MessageLimits()
    ) throws(MessageCodecError) {
        guard bytes.count <= limits.maximumBytes else {
            throw .tooLarge(bytes: bytes.count, limit: limits.maximumBytes)
        }
        var reader = MessageReader(bytes)
        let version = try reader.readByte()
        guard version == Self.formatVersion else { throw .unknownVersion(version) }
        let number = try reader.readByte()
        switch Kind(rawValue: number) {
        case .requestVote: self = .requestVote(try RequestVote(reading: &reader))
        case .requestVoteResult: self = .requestVoteResult(try RequestVoteResult(reading: &reader))
        case .appendEntries: self = .appendEntries(try AppendEntries(reading: &reader, limits: limits))
        case .appendEntriesResult: self = .appendEntriesResult(try AppendEntriesResult(reading: &reader))
        case .installSnapshot: self = .installSnapshot(try InstallSnapshot(reading: &reader))
        case .timeoutNow: self = .timeoutNow(try TimeoutNow(reading: &reader))
        case nil: throw .unknownKind(number)
        }
        try reader.finish()
    }
}

extension RequestVote {
    fileprivate init(reading reader: inout MessageReader) throws(MessageCodecError) {
        self.init(
            version: try reader.readByte(),
            term: try reader.readInteger(),
            candidate: ServerID(try reader.readInteger()),
            lastIndex: try reader.readInteger(),
            lastTerm: try reader.readInteger(),
            disruptLeader: try reader.readFlag("disruptLeader"),
            preVote: try reader.readFlag("preVote")
        )
    }
}

extension RequestVoteResult {
    fileprivate init(reading reader: inout MessageReader) throws(MessageCodecError) {
        self.init(
            version: try reader.readByte(),
            term: try reader.readInteger(),
            voteGranted: try reader.readFlag("voteGranted"),
            preVote: try reader.readFlag("preVote"),
            features: try reader.readShort("features"),
            capacity: try reader.readShort("capacity")
        )
    }
}

extension AppendEntries {
    fileprivate init(reading reader: inout MessageReader, limits: MessageLimits) throws(MessageCodecError) {
        self.init(
            version: try reader.readByte(),
            term: try reader.readInteger(),
            previousIndex: try reader.readInteger(),
            previousTerm: try reader.readInteger(),
            leaderCommit: try reader.readInteger()
        )
        let count = try reader.readCount(maximum: limits.maximumEntries)
        // An entry takes at least three bytes: a count beyond that reserves no memory.
        guard count <= reader.remaining / 3 else { throw .truncated }
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let term = try reader.readInteger()
            guard let kind = Entry.Kind(rawValue: try reader.readByte()) else { throw .badField("entry kind") }
            entries.append(Entry(term: term, kind: kind, payload: try reader.readBytes()))
        }
        self.fill(with: entries)
    }
}

extension AppendEntriesResult {
    fileprivate init(reading reader: inout MessageReader) throws(MessageCodecError) {
        self.init(
            version: try reader.readByte(),
            term: try reader.readInteger(),
            rejected: try reader.readInteger(),
            lastIndex: try reader.readInteger(),
            features: try reader.readShort("features"),
            capacity: try reader.readShort("capacity")
        )
    }
}

extension InstallSnapshot {
    fileprivate init(reading reader: inout MessageReader) throws(MessageCodecError) {
        let version = try reader.readByte()
        let term = try reader.readInteger()
        let index = try reader.readInteger()
        let snapshotTerm = try reader.readInteger()
        let configurationIndex = try reader.readInteger()
        let configuration: ClusterConfiguration
        do {
            configuration = try ClusterConfiguration(reading: &reader)
        } catch let error as MessageCodecError {
            throw error
        } catch {
            throw .badConfiguration("\(error)")
        }
        self.init(
            version: version,
            term: term,
            snapshot: Snapshot(
                index: index,
                term: snapshotTerm,
                configuration: configuration,
                configurationIndex: configurationIndex,
                data: try reader.readBytes()
            )
        )
    }
}

extension TimeoutNow {
    fileprivate init(reading reader: inout MessageReader) throws(MessageCodecError) {
        self.init(
            version: try reader.readByte(),
            term: try reader.readInteger(),
            lastIndex: try reader.readInteger(),
            lastTerm: try reader.readInteger()
        )
    }
}
