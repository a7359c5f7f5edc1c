extension Message {
    /// First byte of every encoded message; another one means another format.
    static let formatVersion: UInt8 = 1

    /// Numbers of the message kinds on the wire, never used again for another.
    enum Kind: UInt8 {
        case requestVote = 1
        case requestVoteResult = 2
        case appendEntries = 3
        case appendEntriesResult = 4
        case installSnapshot = 5
        case timeoutNow = 6
    }

    /// The message as it travels: format, kind, fields in their order.
    package func encoded(limits: MessageLimits = MessageLimits()) throws(MessageCodecError) -> [UInt8] {
        let size = self.sizeEstimate
        guard size <= limits.maximumBytes else { throw .tooLarge(bytes: size, limit: limits.maximumBytes) }
        var writer = MessageWriter()
        writer.reserve(size)
        writer.write(byte: Self.formatVersion)
        switch self {
        case .requestVote(let message): message.write(to: &writer)
        case .requestVoteResult(let message): message.write(to: &writer)
        case .appendEntries(let message): try message.write(to: &writer, limits: limits)
        case .appendEntriesResult(let message): message.write(to: &writer)
        case .installSnapshot(let message): message.write(to: &writer)
        case .timeoutNow(let message): message.write(to: &writer)
        }
        guard writer.bytes.count <= limits.maximumBytes else {
            throw .tooLarge(bytes: writer.bytes.count, limit: limits.maximumBytes)
        }
        return writer.bytes
    }

    /// At least the size of the payloads, so that a message too large is refused before it is built.
    private var sizeEstimate: Int {
        switch self {
        case .appendEntries(let message): message.entries.reduce(64) { $0 + $1.payload.count + 12 }
        case .installSnapshot(let message): message.snapshot.data.count + 64
        case .requestVote, .requestVoteResult, .appendEntriesResult, .timeoutNow: 64
        }
    }
}

extension RequestVote {
    fileprivate func write(to writer: inout MessageWriter) {
        writer.write(byte: Message.Kind.requestVote.rawValue)
        writer.write(byte: self.version)
        writer.write(integer: self.term)
        writer.write(integer: self.candidate.rawValue)
        writer.write(integer: self.lastIndex)
        writer.write(integer: self.lastTerm)
        writer.write(flag: self.disruptLeader)
        writer.write(flag: self.preVote)
    }
}

extension RequestVoteResult {
    fileprivate func write(to writer: inout MessageWriter) {
        writer.write(byte: Message.Kind.requestVoteResult.rawValue)
        writer.write(byte: self.version)
        writer.write(integer: self.term)
        writer.write(flag: self.voteGranted)
        writer.write(flag: self.preVote)
        writer.write(integer: UInt64(self.features))
        writer.write(integer: UInt64(self.capacity))
    }
}

extension AppendEntries {
    fileprivate func write(to writer: inout MessageWriter, limits: MessageLimits) throws(MessageCodecError) {
        guard self.count == self.entries.count else {
            throw .notFilled(expected: self.count, found: self.entries.count)
        }
        guard self.count <= limits.maximumEntries else {
            throw .tooManyEntries(self.count, limit: limits.maximumEntries)
        }
        writer.write(byte: Message.Kind.appendEntries.rawValue)
        writer.write(byte: self.version)
        writer.write(integer: self.term)
        writer.write(integer: self.previousIndex)
        writer.write(integer: self.previousTerm)
        writer.write(integer: self.leaderCommit)
        writer.write(integer: UInt64(self.count))
        for entry in self.entries {
            writer.write(integer: entry.term)
            writer.write(byte: entry.kind.rawValue)
            writer.write(bytes: entry.payload)
        }
    }
}

extension AppendEntriesResult {
    fileprivate func write(to writer: inout MessageWriter) {
        writer.write(byte: Message.Kind.appendEntriesResult.rawValue)
        writer.write(byte: self.version)
        writer.write(integer: self.term)
        writer.write(integer: self.rejected)
        writer.write(integer: self.lastIndex)
        writer.write(integer: UInt64(self.features))
        writer.write(integer: UInt64(self.capacity))
    }
}

extension InstallSnapshot {
    fileprivate func write(to writer: inout MessageWriter) {
        writer.write(byte: Message.Kind.installSnapshot.rawValue)
        writer.write(byte: self.version)
        writer.write(integer: self.term)
        writer.write(integer: self.snapshot.index)
        writer.write(integer: self.snapshot.term)
        writer.write(integer: self.snapshot.configurationIndex)
        self.snapshot.configuration.write(to: &writer)
        writer.write(bytes: self.snapshot.data)
    }
}

extension TimeoutNow {
    fileprivate func write(to writer: inout MessageWriter) {
        writer.write(byte: Message.Kind.timeoutNow.rawValue)
        writer.write(byte: self.version)
        writer.write(integer: self.term)
        writer.write(integer: self.lastIndex)
        writer.write(integer: self.lastTerm)
    }
}
