import AgentResources
import Leases
import Testing

@testable import LeaseManagerManifold

@Suite(.timeLimit(.minutes(1))) struct LeaseManagerWatchTests {
    private let query = WatchQuery(namespace: "lease", model: "model", limit: 100)

    private func after(_ cursor: WatchCursor?) -> WatchQuery {
        var query = self.query
        query.after = cursor
        return query
    }

    private func entry(_ index: UInt64, _ names: String..., gap: Bool = false) -> LeaseEvents {
        let events = names.map { LeaseEvent.claimed(key($0), holder: "a", token: FencingToken(index)) }
        return LeaseEvents(index: index, events: events, gap: gap)
    }

    private func ring(limit: Int = 100, startsBehind index: UInt64 = 0, _ entries: LeaseEvents...) -> ChangeRing {
        var ring = ChangeRing(limit: limit)
        _ = ring.append(LeaseEvents(index: index, events: [], gap: true))
        for entry in entries { _ = ring.append(entry) }
        return ring
    }

    @Test("guarantee 6: a long poll sees changes in order, each once, and goes on from its cursor")
    func longPoll() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let watching = Task { try await test.manager.watch(self.query, timeout: .seconds(9)) }
        await eventually { test.manager.watchers.count == 1 }
        test.raft.apply([operation(claim("db", for: 2_000), id: 1)])
        let first = try await watching.value
        #expect(first.changes.map(\.kind) == [.claimed] && !first.gap)
        #expect(first.changes[0].holder == "a" && first.changes[0].key == key("db"))
        test.raft.apply([operation(claim("b"), id: 2), operation(claim("c"), id: 3)], clock: 9_000)
        var query = self.after(first.cursor)
        query.limit = 2
        let next = try await test.manager.watch(query, timeout: .seconds(9))
        #expect(next.changes.map(\.kind) == [.expired, .claimed])
        query.after = next.cursor
        let last = try await test.manager.watch(query, timeout: .seconds(9))
        #expect(last.changes.map(\.key.name) == ["c"])
        let end = Task { try await test.manager.watch(self.after(last.cursor), timeout: .seconds(9)) }
        await eventually { test.manager.watchers.count == 1 }
        await test.pass(.seconds(9))
        #expect(try await end.value == WatchAnswer(changes: [], cursor: last.cursor, gap: false))
        try await test.stop()
    }

    @Test("only what is asked for is told, and the cursor moves past the rest")
    func filter() throws {
        let ring = self.ring(self.entry(5, "a-1", "b-1", "a-2"), self.entry(6, "b-2"))
        var query = self.after(WatchCursor(index: 1, offset: 0))
        query.prefix = "a-"
        let answer = try #require(ring.answer(query))
        #expect(answer.changes.map(\.key.name) == ["a-1", "a-2"])
        #expect(answer.cursor == WatchCursor(index: 7, offset: 0))
        query.namespace = "other"
        #expect(ring.answer(query) == nil)
        query.namespace = nil
        query.limit = 1
        #expect(ring.answer(query)?.cursor == WatchCursor(index: 5, offset: 1))
    }

    @Test("guarantee 6: whoever asks for changes that are not kept any more is told of a gap")
    func dropped() throws {
        let ring = self.ring(limit: 2, self.entry(5, "a"), self.entry(6, "b"), self.entry(7, "c"))
        let old = try #require(ring.answer(self.after(WatchCursor(index: 5, offset: 0))))
        #expect(old.gap && old.changes.map(\.key.name) == ["b", "c"])
        let exact = try #require(ring.answer(self.after(WatchCursor(index: 5, offset: 1))))
        #expect(!exact.gap && exact.changes.map(\.key.name) == ["b", "c"])
    }

    @Test("guarantee 6: a cursor is good at another controller, even at one that is behind")
    func otherController() throws {
        let first = self.ring(self.entry(5, "a", "b"), self.entry(9, "c"))
        let second = self.ring(startsBehind: 4, self.entry(5, "a", "b"))
        var query = self.after(WatchCursor(index: 1, offset: 0))
        query.limit = 1
        let answer = try #require(first.answer(query))
        #expect(second.answer(self.after(answer.cursor))?.changes.map(\.key.name) == ["b"])
        // Everything seen at the first: the second has nothing to say, and then the same as the first.
        let all = try #require(first.answer(self.after(WatchCursor(index: 1, offset: 0))))
        var behind = second
        #expect(behind.answer(self.after(all.cursor)) == nil)
        _ = behind.append(self.entry(9, "c"))
        #expect(behind.answer(self.after(all.cursor)) == nil)
        _ = behind.append(self.entry(12, "d"))
        #expect(behind.answer(self.after(all.cursor))?.changes.map(\.key.name) == ["d"])
    }

    @Test("guarantee 6: after a restart what is heard twice is told once, and what was missed is a gap")
    func restart() throws {
        var ring = self.ring(self.entry(5, "a"), self.entry(6, "b"))
        // From its log it applies 6 again.
        _ = ring.append(LeaseEvents(index: 5, events: [], gap: true))
        _ = ring.append(self.entry(6, "b"))
        _ = ring.append(self.entry(7, "c"))
        let cursor = WatchCursor(index: 6, offset: 0)
        #expect(ring.answer(self.after(cursor)).map { $0.changes.map(\.key.name) } == ["b", "c"])
        #expect(ring.answer(self.after(cursor))?.gap == false)
        // A snapshot took it further than it had heard.
        _ = ring.append(LeaseEvents(index: 20, events: [], gap: true))
        let missed = try #require(ring.answer(self.after(WatchCursor(index: 8, offset: 0))))
        #expect(missed == WatchAnswer(changes: [], cursor: WatchCursor(index: 21, offset: 0), gap: true))
        #expect(ring.answer(self.after(missed.cursor)) == nil)
        // Whoever has seen all up to the snapshot elsewhere has missed nothing here.
        _ = ring.append(self.entry(21, "d"))
        let unharmed = try #require(ring.answer(self.after(WatchCursor(index: 21, offset: 0))))
        #expect(!unharmed.gap && unharmed.changes.map(\.key.name) == ["d"])
    }

    @Test("guarantee 6: a feed that dropped entries is a gap at the place where it did")
    func slowReader() throws {
        let ring = self.ring(self.entry(5, "a"), self.entry(9, "d", gap: true))
        let answer = try #require(ring.answer(self.after(WatchCursor(index: 5, offset: 0))))
        #expect(answer.gap && answer.changes.map(\.key.name) == ["d"])
    }

    @Test("guarantee 6: a watch that waits is told of a gap at once, also when Raft is restarted")
    func waitingGap() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let watching = Task { try await test.manager.watch(self.query, timeout: .seconds(9)) }
        await eventually { test.manager.watchers.count == 1 }
        test.raft.stop()
        let next = FakeRaft(id: 1, leader: 2)
        next.apply([operation(claim("db"))])
        test.setRaft(next)
        #expect(try await watching.value.gap)
        try await test.stop()
    }

    @Test("a cancelled watch is over at once; more than may watch are refused, and no answer is larger than its limit")
    func bounds() async throws {
        let test = await ManagerUnderTest(leader: 2)
        let watching = Task { try await test.manager.watch(self.query, timeout: .seconds(9)) }
        await eventually { test.manager.watchers.count == 1 }
        watching.cancel()
        await #expect(throws: CancellationError.self) { try await watching.value }
        #expect(test.manager.watchers.count == 0)
        let watchers = Watchers(keptChanges: 10)
        let refused = Counter()
        for _ in 0..<Watchers.limit { _ = watchers.add(self.query) { _ in } }
        #expect(watchers.count == Watchers.limit)
        #expect(
            watchers.add(self.query) { if case .failure = $0 { refused.add() } } == nil && refused.value == 1
        )
        try await test.stop()
        var ring = ChangeRing(limit: 10_000)
        for index in 1...6_000 as ClosedRange<UInt64> { _ = ring.append(self.entry(index, "a")) }
        #expect(ring.changes.count == 6_000)
    }
}
