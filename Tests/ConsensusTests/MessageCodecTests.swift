import Consensus
import Testing

@Suite struct MessageCodecTests {
    static var samples: [Message] {
        let configuration = CoreTestNode.configuration(of: 3)
        return [
            .requestVote(
                .init(
                    version: 2,
                    term: 1,
                    candidate: ServerID(3),
                    lastIndex: 127,
                    lastTerm: 1,
                    disruptLeader: true,
                    preVote: false
                )
            ),
            .requestVote(
                .init(
                    version: 255,
                    term: .max,
                    candidate: ServerID(.max),
                    lastIndex: .max,
                    lastTerm: .max,
                    disruptLeader: false,
                    preVote: true
                )
            ),
            .requestVoteResult(
                .init(version: 2, term: 128, voteGranted: true, preVote: true, features: 1, capacity: .max)
            ),
            .requestVoteResult(.init(version: 0, term: 0, voteGranted: false, features: 300)),
            .appendEntries(.init(term: 16_384, previousIndex: 0, previousTerm: 0, leaderCommit: 5)),
            .appendEntries(
                .init(
                    version: 3,
                    term: 9,
                    previousIndex: 7,
                    previousTerm: 8,
                    leaderCommit: 6,
                    entries: [
                        Entry(term: 8, kind: .barrier, payload: []),
                        Entry(term: 9, kind: .command, payload: [UInt8](repeating: 3, count: 300)),
                        Entry(term: 9, kind: .configuration, payload: configuration.encoded()),
                    ]
                )
            ),
            .appendEntriesResult(.init(version: 2, term: 4, rejected: 3, lastIndex: 2, features: 9, capacity: 77)),
            .installSnapshot(
                .init(
                    version: 1,
                    term: 12,
                    snapshot: Snapshot(
                        index: 10,
                        term: 11,
                        configuration: configuration,
                        configurationIndex: 1,
                        data: [UInt8](repeating: 9, count: 70_000)
                    )
                )
            ),
            .timeoutNow(.init(version: 1, term: 3, lastIndex: 300, lastTerm: 2)),
        ]
    }

    @Test("every field of every message comes back", arguments: MessageCodecTests.samples)
    func roundTrip(_ message: Message) throws {
        #expect(try Message(decoding: message.encoded()) == message)
    }

    @Test("a heartbeat takes a dozen bytes")
    func compact() throws {
        let heartbeat = Message.appendEntries(
            .init(term: 3, previousIndex: 1000, previousTerm: 3, leaderCommit: 1000)
        )
        #expect(try heartbeat.encoded().count <= 12)
    }

    @Test("a message cut short anywhere is refused", arguments: MessageCodecTests.samples)
    func truncated(_ message: Message) throws {
        let bytes = try message.encoded()
        let cuts = bytes.count < 1000 ? Array(0..<bytes.count) : [0, 1, 2, 10, 50, 60_000, bytes.count - 1]
        for count in cuts {
            #expect(throws: MessageCodecError.self) { try Message(decoding: Array(bytes.prefix(count))) }
        }
        #expect(throws: MessageCodecError.trailingBytes(1)) { try Message(decoding: bytes + [0]) }
    }

    @Test("what is not known is refused by name")
    func unknown() throws {
        let bytes = try MessageCodecTests.samples[0].encoded()
        #expect(throws: MessageCodecError.truncated) { try Message(decoding: []) }
        #expect(throws: MessageCodecError.unknownVersion(2)) { try Message(decoding: [2] + bytes.dropFirst()) }
        #expect(throws: MessageCodecError.unknownKind(9)) { try Message(decoding: [1, 9] + bytes.dropFirst(2)) }
        #expect(throws: MessageCodecError.badField("preVote")) { try Message(decoding: bytes.dropLast() + [2]) }
    }

    @Test("a number has one encoding only")
    func canonicalNumbers() throws {
        // Kind 6, version 0, then term, index, term.
        #expect(throws: MessageCodecError.badField("integer")) { try Message(decoding: [1, 6, 0, 0x81, 0, 1, 1]) }
        let tooLarge = [UInt8](repeating: 0xff, count: 9) + [2]
        #expect(throws: MessageCodecError.badField("integer")) {
            try Message(decoding: [1, 6, 0] + tooLarge + [1, 1])
        }
        let endless = [UInt8](repeating: 0xff, count: 20)
        #expect(throws: MessageCodecError.badField("integer")) { try Message(decoding: [1, 6, 0] + endless) }
    }

    @Test("limits hold on both ends")
    func limits() throws {
        let limits = MessageLimits(maximumBytes: 1000, maximumEntries: 2)
        let many = Message.appendEntries(
            .init(
                term: 1,
                previousIndex: 1,
                previousTerm: 1,
                leaderCommit: 1,
                entries: [.command("a"), .command("b"), .command("c")]
            )
        )
        #expect(throws: MessageCodecError.tooManyEntries(3, limit: 2)) { try many.encoded(limits: limits) }
        let bytes = try many.encoded()
        #expect(throws: MessageCodecError.tooManyEntries(3, limit: 2)) {
            try Message(decoding: bytes, limits: limits)
        }
        let large = Message.appendEntries(
            .init(
                term: 1,
                previousIndex: 1,
                previousTerm: 1,
                leaderCommit: 1,
                entries: [Entry(term: 1, kind: .command, payload: [UInt8](repeating: 0, count: 2000))]
            )
        )
        #expect(throws: MessageCodecError.self) { try large.encoded(limits: limits) }
        let largeBytes = try large.encoded()
        #expect(throws: MessageCodecError.tooLarge(bytes: largeBytes.count, limit: 1000)) {
            try Message(decoding: largeBytes, limits: limits)
        }
    }

    @Test("entries announced but not filled in are not sent")
    func notFilled() throws {
        var message = AppendEntries(term: 1, previousIndex: 1, previousTerm: 1, leaderCommit: 1, count: 2)
        #expect(throws: MessageCodecError.notFilled(expected: 2, found: 0)) {
            try Message.appendEntries(message).encoded()
        }
        message.fill(with: [.command("a", term: 1)])
        #expect(try Message(decoding: Message.appendEntries(message).encoded()) == .appendEntries(message))
    }

    @Test("a count beyond the bytes that follow reserves nothing")
    func hugeCount() throws {
        let bytes: [UInt8] = [1, 3, 0, 1, 1, 1, 1, 0xff, 0xff, 0x03]
        #expect(throws: MessageCodecError.truncated) { try Message(decoding: bytes) }
        let payload: [UInt8] = [1, 3, 0, 1, 1, 1, 1, 1, 1, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 1]
        #expect(throws: MessageCodecError.truncated) { try Message(decoding: payload) }
    }

    @Test("bytes changed at random are refused or are another message, and never crash")
    func fuzz() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = CoreTestRandom(seed: seed)
        let encoded = try MessageCodecTests.samples.map { try $0.encoded() }.filter { $0.count < 1000 }
        for _ in 0..<20_000 {
            var bytes = encoded.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                switch Int.random(in: 0..<3, using: &random) {
                case 0 where !bytes.isEmpty:
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0 ... .max, using: &random)
                case 1:
                    bytes.insert(
                        .random(in: 0 ... .max, using: &random),
                        at: Int.random(in: 0...bytes.count, using: &random)
                    )
                default: bytes.removeLast(min(bytes.count, Int.random(in: 0..<4, using: &random)))
                }
            }
            guard let message = try? Message(decoding: bytes) else { continue }
            #expect(try message.encoded() == bytes, "seed \(seed)")
        }
    }
}

@Suite struct MessageConfigurationTests {
    @Test("a configuration comes back, order included")
    func roundTrip() throws {
        var configuration = CoreTestNode.configuration(of: 5)
        configuration.servers.reverse()
        #expect(try ClusterConfiguration(decoding: configuration.encoded()) == configuration)
    }

    @Test("a configuration nobody can work with is refused by name")
    func refused() throws {
        func decode(_ servers: [Server]) throws {
            _ = try ClusterConfiguration(decoding: ClusterConfiguration(servers: servers).encoded())
        }
        let one = Server(id: ServerID(1), address: "a:1")
        #expect(throws: ClusterConfigurationError.noServers) { try decode([]) }
        #expect(throws: ClusterConfigurationError.badServerID) { try decode([Server(id: ServerID(0), address: "a")]) }
        #expect(throws: ClusterConfigurationError.badAddress(ServerID(1))) {
            try decode([Server(id: ServerID(1), address: "")])
        }
        #expect(throws: ClusterConfigurationError.badAddress(ServerID(1))) {
            try decode([Server(id: ServerID(1), address: "a\0b")])
        }
        #expect(throws: ClusterConfigurationError.duplicate(ServerID(1))) { try decode([one, one]) }
        #expect(throws: ClusterConfigurationError.duplicate(ServerID(2))) {
            try decode([one, Server(id: ServerID(2), address: "a:1")])
        }
        #expect(throws: ClusterConfigurationError.unreadable(.tooManyEntries(16, limit: 15))) {
            try decode(CoreTestNode.configuration(of: 16).servers)
        }
        #expect(throws: ClusterConfigurationError.unknownVersion(7)) { try ClusterConfiguration(decoding: [7, 0]) }
        #expect(throws: ClusterConfigurationError.unreadable(.truncated)) { try ClusterConfiguration(decoding: []) }
        #expect(throws: ClusterConfigurationError.badAddress(ServerID(1))) {
            try ClusterConfiguration(decoding: [1, 1, 1, 1, 0xff])
        }
    }
}
