import Consensus
import FoundationEssentials
import LogStore
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct LogStoreDamageTests {
    @Test("what was written is there after a crash, without a close")
    func crash() throws {
        let log = try TemporaryLog()
        let store = try log.created()
        try store.saveTermAndVote(3, ServerID(2))
        try store.write([.append(at: 2, entries: [command("a"), command("b")])])
        let expected = try store.load()
        try log.write(try log.bytes(), as: "copy.db")
        try log.write(try log.bytes("-wal"), as: "copy.db-wal")
        try store.close()
        let copy = try log.open(name: "copy.db")
        #expect(try copy.load() == expected)
        try copy.close()
    }

    @Test("a log torn anywhere in its tail opens with whole batches only, the more the later the tear")
    func tornTail() throws {
        let log = try TemporaryLog()
        let store = try log.created()
        var states = [try store.load()]
        for batch in 0..<5 {
            let next = try store.load().entries.count + 1
            try store.write([.append(at: LogIndex(next), entries: [command("\(batch)"), command("\(batch)'")])])
            states.append(try store.load())
        }
        let file = try log.bytes()
        let tail = try log.bytes("-wal")
        try store.close()
        var newest = 0
        for cut in stride(from: 0, through: tail.count, by: 509) {
            try log.write(file, as: "torn.db")
            try log.write(Array(tail.prefix(cut)), as: "torn.db-wal")
            let torn = try log.open(name: "torn.db")
            let state = try torn.load()
            let found = states.firstIndex(of: state)
            #expect(found != nil, "cut at \(cut)")
            #expect((found ?? -1) >= newest, "cut at \(cut)")
            newest = found ?? newest
            try torn.close()
        }
        #expect(newest > 0)
    }

    @Test("a byte changed anywhere is found, or changes nothing", arguments: [UInt64.random(in: 0 ... .max)])
    func damagedBytes(seed: UInt64) throws {
        let log = try TemporaryLog()
        let store = try log.created()
        try store.saveTermAndVote(9, ServerID(3))
        try store.write([.append(at: 2, entries: (2...40).map { command(String(repeating: "\($0) ", count: 50)) })])
        try store.write([.compact(snapshot(at: 20, data: String(repeating: "s", count: 9000)), keepingFrom: 10)])
        let expected = try store.load()
        try store.close()
        let file = try log.bytes()
        var random = SplitMix(state: seed)
        var found = 0
        for _ in 0..<1_200 {
            let position = Int.random(in: 0..<file.count, using: &random)
            var damaged = file
            damaged[position] ^= UInt8.random(in: 1...255, using: &random)
            try log.write(damaged, as: "damaged.db")
            do {
                let store = try log.open(name: "damaged.db")
                defer { try? store.close() }
                #expect(try store.load() == expected, "seed \(seed), byte \(position)")
            } catch {
                #expect(error is LogStoreError, "seed \(seed), byte \(position): \(error)")
                found += 1
            }
        }
        #expect(found > 100)
    }

    @Test("a damaged entry, snapshot or vote is refused by name")
    func damagedRecords() throws {
        let log = try TemporaryLog()
        let store = try log.created()
        try store.write([.append(at: 2, entries: [command("needle-in-an-entry")])])
        try store.write([.compact(snapshot(at: 2, data: "needle-in-a-snapshot"), keepingFrom: 1)])
        try store.close()
        let file = try log.bytes()
        for (needle, sentence) in [("needle-in-an-entry", "checksum of entry 2"), ("needle-in-a-snapshot", "snapshot")]
        {
            let range = try #require(file.firstRange(of: Array(needle.utf8)))
            var damaged = file
            damaged[range.lowerBound] ^= 1
            try log.write(damaged, as: "damaged.db")
            let store = try log.open(name: "damaged.db")
            let error = #expect(throws: LogStoreError.self) { _ = try store.load() }
            #expect(error?.code == .corrupt)
            #expect(error?.message.contains(sentence) == true)
            try store.close()
        }
    }

    @Test("another cluster's and another controller's log are refused, unchanged")
    func otherOwner() throws {
        let log = try TemporaryLog()
        try log.create()
        let before = try log.bytes()
        #expect(code { _ = try log.open(cluster: "cluster-b") } == .otherCluster)
        #expect(code { _ = try log.open(server: 2) } == .otherServer)
        #expect(try log.bytes() == before)
    }

    @Test("a log of a newer version is refused, unchanged")
    func newerSchema() throws {
        let log = try TemporaryLog()
        try log.create()
        var file = try log.bytes()
        file.replaceSubrange(60..<64, with: [0, 0, 0, 99])
        try log.write(file, as: "newer.db")
        #expect(code { _ = try log.open(name: "newer.db") } == .newerSchema)
        #expect([UInt8](try Data(contentsOf: URL(filePath: "\(log.directory)/newer.db"))) == file)
    }

    @Test("files that are no logs are refused, unchanged", arguments: [0, 1, 99, 5000])
    func notALog(size: Int) throws {
        let log = try TemporaryLog()
        let file = [UInt8](repeating: 0x41, count: size)
        try log.write(file, as: "other.db")
        #expect(code { _ = try log.open(name: "other.db") } == .notALog)
        #expect([UInt8](try Data(contentsOf: URL(filePath: "\(log.directory)/other.db"))) == file)
    }

    @Test("a cut-off file is refused, unless nothing was in what is missing")
    func cutOff() throws {
        let log = try TemporaryLog()
        let store = try log.created()
        try store.write([.append(at: 2, entries: (2...40).map { command(String(repeating: "\($0) ", count: 50)) })])
        let expected = try store.load()
        try store.close()
        let file = try log.bytes()
        var refused = 0
        for length in stride(from: 600, to: file.count, by: 2048) {
            try log.write(Array(file.prefix(length)), as: "short.db")
            do {
                let store = try log.open(name: "short.db")
                defer { try? store.close() }
                #expect(try store.load() == expected, "\(length) of \(file.count) bytes")
            } catch {
                #expect(error is LogStoreError, "\(length) of \(file.count) bytes: \(error)")
                refused += 1
            }
        }
        #expect(refused > 3)
    }

    @Test("a missing directory, a missing log and a log that is there already each have their own error")
    func paths() throws {
        let log = try TemporaryLog()
        #expect(code { _ = try log.open(name: "no/such/raft.db") } == .missingDirectory)
        #expect(code { _ = try log.open() } == .missingFile)
        try log.create()
        let before = try log.bytes()
        #expect(code { try log.create() } == .alreadyExists)
        #expect(try log.bytes() == before)
    }

    @Test("an interrupted creation leaves no log and does not hinder the next")
    func interruptedCreation() throws {
        let log = try TemporaryLog()
        try log.write([1, 2, 3], as: "raft.db.new")
        #expect(code { _ = try log.open() } == .missingFile)
        try log.create()
        let store = try log.open()
        try store.close()
    }

    @Test("a log that is open cannot be opened again")
    func inUse() throws {
        let log = try TemporaryLog()
        let store = try log.created()
        #expect(code { _ = try log.open() } == .inUse)
        try store.write([.append(at: 2, entries: [command("a")])])
        try store.close()
    }

    @Test("a log without permission is refused", .enabled(if: geteuid() != 0))
    func permission() throws {
        let log = try TemporaryLog()
        try log.create()
        chmod(log.path, 0)
        #expect(code { _ = try log.open() } == .permission)
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
