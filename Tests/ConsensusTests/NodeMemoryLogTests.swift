import Consensus
import Testing

@Suite struct NodeMemoryLogTests {
    private let configuration = NodeTestCluster.configuration(of: 3)

    private func entries(_ count: Int, term: Term = 1) -> [Entry] {
        (0..<count).map { Entry(term: term, kind: .command, payload: [UInt8($0)]) }
    }

    private func snapshot(_ index: LogIndex) -> Snapshot {
        Snapshot(index: index, term: 1, configuration: self.configuration, configurationIndex: 1, data: [])
    }

    private func expect(
        _ ticket: WriteTicket?,
        _ expected: WriteTicket?,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(ticket == expected, sourceLocation: sourceLocation)
    }

    @Test("a queued write is not durable before it is synced")
    func queued() throws {
        var log = MemoryLog(.bootstrap(self.configuration))
        log.queue(.append(at: 2, entries: self.entries(3)), WriteTicket(1))
        log.queue(.append(at: 5, entries: self.entries(1)), WriteTicket(2))
        #expect(log.durable.lastIndex == 1)
        try self.expect(log.sync(1), WriteTicket(1))
        #expect(log.durable.lastIndex == 4)
        try self.expect(log.sync(5), WriteTicket(2))
        try self.expect(log.sync(1), nil)
        #expect(log.durable.lastIndex == 5)
    }

    @Test("a crash keeps the oldest writes and tears the next")
    func crash() throws {
        var log = MemoryLog(.bootstrap(self.configuration))
        log.queue(.append(at: 2, entries: self.entries(3)), WriteTicket(1))
        log.queue(.append(at: 3, entries: self.entries(4)), WriteTicket(2))
        log.queue(.append(at: 7, entries: self.entries(2)), WriteTicket(3))
        try log.crash(keeping: 1, tornEntries: 1)
        // The second write has cut the log at 3 and brought one of its four entries.
        #expect(log.durable.lastIndex == 3)
        #expect(log.pendingCount == 0)
        log.queue(.install(self.snapshot(50)), WriteTicket(4))
        try log.crash(keeping: 0, tornEntries: 3)
        #expect(log.durable.snapshot == nil)
    }

    @Test("snapshots drop the log they cover, or all of it when they were installed")
    func snapshots() throws {
        var log = MemoryLog(.bootstrap(self.configuration))
        log.queue(.append(at: 2, entries: self.entries(9)), WriteTicket(1))
        log.queue(.compact(self.snapshot(8), keepingFrom: 6), WriteTicket(2))
        _ = try log.sync(2)
        #expect(log.durable.firstIndex == 6)
        #expect(log.durable.lastIndex == 10)
        log.queue(.install(self.snapshot(20)), WriteTicket(3))
        _ = try log.sync(1)
        #expect(log.durable.firstIndex == 21)
        #expect(log.durable.entries.isEmpty)
    }

    @Test("a write that leaves a gap is refused")
    func gap() {
        var log = MemoryLog(.bootstrap(self.configuration))
        log.queue(.append(at: 3, entries: self.entries(1)), WriteTicket(1))
        #expect(throws: MemoryLogError.self) {
            var log = log
            _ = try log.sync(1)
        }
    }

    @Test("the store does all of a batch or nothing, and fails when told to")
    func store() throws {
        let store = MemoryLogStore(.bootstrap(self.configuration))
        try store.saveTermAndVote(3, ServerID(2))
        try store.write([.append(at: 2, entries: self.entries(2))])
        #expect(throws: MemoryLogError.self) {
            try store.write([.append(at: 4, entries: self.entries(1)), .append(at: 9, entries: self.entries(1))])
        }
        let state = try store.load()
        #expect(state.lastIndex == 3)
        #expect(state.term == 3)
        #expect(state.votedFor == ServerID(2))
        store.failure = MemoryLogError("disk full")
        #expect(throws: MemoryLogError("disk full")) { try store.write([]) }
    }
}
