import CRaft
import Consensus
import Testing

/// The guard on replies to messages of an old term: what it keeps, and what the core says without it.
///
/// The core leaves the last index of such a reply unset, so what travels is what the stack held. These tests put
/// something there that is not zero.
@Suite struct CoreGuardStaleTermTests {
    /// Messages of term 2 for a node in term 5.
    private static func oldMessages(_ configuration: ClusterConfiguration) -> [Message] {
        let snapshot = Snapshot(
            index: 9,
            term: 2,
            configuration: configuration,
            configurationIndex: 1,
            data: [1, 2, 3]
        )
        return [LogIndex(0), 1, 3, 40].map { count in
            .appendEntries(
                .init(
                    term: 2,
                    previousIndex: 1,
                    previousTerm: 1,
                    leaderCommit: 1,
                    entries: (0..<count).map { .command("\($0)", term: 2) }
                )
            )
        } + [.installSnapshot(.init(term: 2, snapshot: snapshot))]
    }

    private func acknowledged(_ guards: Guards) throws -> [LogIndex] {
        let node = try CoreTestNode(guards: guards)
        let entries = (2...4).map { Entry.command("\($0)", term: 5) }
        try node.receive(
            .appendEntries(.init(term: 5, previousIndex: 1, previousTerm: 1, leaderCommit: 1, entries: entries)),
            from: 3
        )
        try node.persist()
        return try Self.oldMessages(node.configuration).map { message in
            paintStack(depth: 32)
            let update = try node.receive(message, from: 2)
            #expect(update.entries == nil && update.installSnapshot == nil)
            let result = try #require(update.messages.results.first)
            #expect(result.term == 5)
            return result.lastIndex
        }
    }

    @Test("stale term reply: nothing is acknowledged to a leader of an old term")
    func nothingAcknowledged() throws {
        #expect(try self.acknowledged(.all) == [0, 0, 0, 0, 0])
    }

    @Test("stale term reply: without the guard the core acknowledges what happens to lie on the stack")
    func unguarded() throws {
        // Straight from the core's library: with anything between the stack's paint and the step it may be zero again.
        #expect(try UnguardedCore().acknowledgedToOldLeader() != 0)
    }
}

/// The consensus library itself, in term 5, with nothing around it.
private struct UnguardedCore: ~Copyable {
    struct Failure: Error { var code: Int32 }

    private let core = UnsafeMutablePointer<raft>.allocate(capacity: 1)

    init() throws {
        UnsafeMutableRawPointer(self.core).initializeMemory(
            as: UInt8.self,
            repeating: 0,
            count: MemoryLayout<raft>.size
        )
        raft_init(self.core, nil, nil, 1, "a")
        raft_seed(self.core, 1)
        self.core.pointee.tracer = nil
        var metadata = raft_snapshot_metadata()
        metadata.index = 3
        metadata.term = 4
        metadata.configuration_index = 1
        for id in UInt64(1)...3 { raft_configuration_add(&metadata.configuration, id, "\(id)", Int32(RAFT_VOTER)) }
        var event = raft_event()
        event.type = RAFT_START
        event.start.term = 5
        event.start.start_index = 4
        var update = raft_update()
        let core = self.core
        let code = withUnsafeMutablePointer(to: &metadata) { pointer in
            event.start.metadata = pointer
            return raft_step(core, &event, &update)
        }
        guard code == 0 else { throw Failure(code: code) }
    }

    deinit {
        raft_close(self.core, nil)
        self.core.deallocate()
    }

    /// The last index in the reply to a heartbeat of term 2.
    func acknowledgedToOldLeader() throws -> LogIndex {
        let message = UnsafeMutablePointer<raft_message>.allocate(capacity: 1)
        defer { message.deallocate() }
        message.initialize(to: raft_message())
        message.pointee.type = RAFT_APPEND_ENTRIES
        message.pointee.server_id = 2
        message.pointee.append_entries.term = 2
        message.pointee.append_entries.prev_log_index = 3
        message.pointee.append_entries.prev_log_term = 2
        var event = raft_event()
        event.type = RAFT_RECEIVE
        event.receive.message = message
        var update = raft_update()
        return try "2".withCString { address in
            message.pointee.server_address = address
            paintStack(depth: 32)
            let code = raft_step(self.core, &event, &update)
            guard code == 0, update.messages.n == 1 else { throw Failure(code: code) }
            return update.messages.batch[0].append_entries_result.last_log_index
        }
    }
}

/// Leaves something else than zeros where the next calls will have their variables.
@inline(never)
private func paintStack(depth: Int) {
    withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 16) { memory in
        memory.initializeMemory(as: UInt8.self, repeating: 0x5a)
        if depth > 0 { paintStack(depth: depth - 1) }
        keep(memory)
    }
}

@inline(never)
private func keep(_ memory: UnsafeMutableRawBufferPointer) { memory[0] &+= 1 }
