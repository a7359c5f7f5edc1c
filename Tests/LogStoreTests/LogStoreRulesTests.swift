import Consensus
import LogStore
import Testing

@Suite struct LogStoreRulesTests {
    @Test("a new log holds term 1, no vote and the configuration as entry 1")
    func bootstrap() throws {
        let log = try TemporaryLog()
        let store = try log.created()
        #expect(try store.load() == DurableState.bootstrap(TemporaryLog.configuration))
        try store.close()
    }

    @Test("term and vote survive a reopening, and a vote can be none")
    func termAndVote() throws {
        let log = try TemporaryLog()
        var store = try log.created()
        try store.saveTermAndVote(7, ServerID(.max))
        try store.close()
        store = try log.open()
        #expect(try store.load().term == 7)
        #expect(try store.load().votedFor == ServerID(.max))
        try store.saveTermAndVote(8, nil)
        #expect(try store.load().votedFor == nil)
        try store.close()
    }

    @Test("entries of every kind come back as they were written")
    func entries() throws {
        let log = try TemporaryLog()
        var store = try log.created()
        let entries = [
            command(""), Entry(term: 2, kind: .barrier, payload: []),
            Entry(term: 3, kind: .command, payload: (0..<70_000).map { UInt8(truncatingIfNeeded: $0) }),
        ]
        try store.write([.append(at: 2, entries: entries)])
        try store.close()
        store = try log.open()
        #expect(try store.load().entries == DurableState.bootstrap(TemporaryLog.configuration).entries + entries)
        try store.close()
    }

    @Test("an entry of 16 MB comes back whole")
    func largeEntry() throws {
        let log = try TemporaryLog()
        let store = try log.created()
        let large = Entry(term: 1, kind: .command, payload: [UInt8](repeating: 0xa5, count: 16 << 20))
        try store.write([.append(at: 2, entries: [large])])
        #expect(try store.load().entries.last == large)
        try store.close()
    }

    @Test("an append below the end cuts the log there")
    func truncation() throws {
        let log = try TemporaryLog()
        let store = try log.created()
        try store.write([.append(at: 2, entries: [command("a"), command("b"), command("c")])])
        try store.write([.append(at: 3, entries: [command("d", term: 2)])])
        #expect(try store.load().entries.dropFirst() == [command("a"), command("d", term: 2)])
        try store.close()
    }

    @Test("an append that would leave a gap is refused and nothing of its batch is kept")
    func gap() throws {
        let log = try TemporaryLog()
        let store = try log.created()
        let before = try store.load()
        let writes: [LogWrite] = [
            .append(at: 2, entries: [command("a")]), .append(at: 4, entries: [command("c")]),
        ]
        #expect(code { try store.write(writes) } == .invalidWrite)
        #expect(try store.load() == before)
        try store.close()
    }

    @Test("a compaction keeps the trailing entries and replaces the snapshot")
    func compaction() throws {
        let log = try TemporaryLog()
        var store = try log.created()
        try store.write([.append(at: 2, entries: (2...9).map { command("\($0)") })])
        try store.write([.compact(snapshot(at: 5), keepingFrom: 3)])
        try store.write([.compact(snapshot(at: 8, data: "newer"), keepingFrom: 6)])
        try store.close()
        store = try log.open()
        let state = try store.load()
        #expect(state.snapshot == snapshot(at: 8, data: "newer"))
        #expect(state.firstIndex == 6)
        #expect(state.entries == (6...9).map { command("\($0)") })
        try store.close()
    }

    @Test("a compaction of the whole log leaves its next index in place")
    func wholeCompaction() throws {
        let log = try TemporaryLog()
        let store = try log.created()
        try store.write([.append(at: 2, entries: [command("a")]), .compact(snapshot(at: 2), keepingFrom: 3)])
        #expect(try store.load().firstIndex == 3)
        #expect(try store.load().entries.isEmpty)
        try store.write([.append(at: 3, entries: [command("b")])])
        #expect(try store.load().entries == [command("b")])
        #expect(code { try store.write([.append(at: 2, entries: [command("x")])]) } == .invalidWrite)
        try store.close()
    }

    @Test("an installed snapshot empties the log, and the next entry follows it")
    func install() throws {
        let log = try TemporaryLog()
        let store = try log.created()
        try store.write([.append(at: 2, entries: [command("a"), command("b")])])
        try store.write([.install(snapshot(at: 100, term: 4)), .append(at: 101, entries: [command("c", term: 4)])])
        let state = try store.load()
        #expect(state.snapshot == snapshot(at: 100, term: 4))
        #expect(state.firstIndex == 101)
        #expect(state.entries == [command("c", term: 4)])
        #expect(code { try store.write([.install(snapshot(at: 99))]) } == .invalidWrite)
        try store.close()
    }

    @Test("a compaction may not drop entries its snapshot does not cover")
    func compactionBeyondSnapshot() throws {
        let log = try TemporaryLog()
        let store = try log.created()
        try store.write([.append(at: 2, entries: [command("a"), command("b")])])
        #expect(code { try store.write([.compact(snapshot(at: 2), keepingFrom: 4)]) } == .invalidWrite)
        try store.close()
    }

    @Test("a closed store refuses everything and may be closed again")
    func closed() throws {
        let log = try TemporaryLog()
        let store = try log.created()
        try store.close()
        try store.close()
        #expect(code { _ = try store.load() } == .closed)
        #expect(code { try store.saveTermAndVote(2, nil) } == .closed)
    }
}
