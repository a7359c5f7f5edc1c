import CRaft
import Consensus
import Glibc
import Testing

/// Memory that goes to the core and must come back: each test counts what its own thread holds.
@Suite struct CoreGuardMemoryTests {
    /// Blocks of the core's heap that `body` takes and does not give back.
    private func blocksHeld(after body: () throws -> Void) rethrows -> Int {
        let counter = BlockCounter()
        return try counter.count(body)
    }

    private func installTwice(_ guards: Guards) throws -> Int {
        try self.blocksHeld {
            let node = try CoreTestNode(guards: guards)
            let snapshot = Snapshot(
                index: 9,
                term: 2,
                configuration: node.configuration,
                configurationIndex: 1,
                data: [1, 2, 3]
            )
            for _ in 0..<4 {
                try node.receive(.installSnapshot(.init(term: 2, snapshot: snapshot)), from: 2)
            }
            // A newer leader's is ignored as well.
            try node.receive(.installSnapshot(.init(term: 3, snapshot: snapshot)), from: 3)
            // An older leader's is answered.
            try node.receive(.installSnapshot(.init(term: 2, snapshot: snapshot)), from: 2)
            try node.persist()
        }
    }

    @Test("double install: snapshots that come during an install are freed")
    func doubleInstall() throws {
        #expect(try self.installTwice(.all) == 0)
        // Four times: data, array of servers, three addresses.
        #expect(try self.installTwice(.all.subtracting(.doubleInstall)) == 4 * 5)
    }

    @Test("a cluster's whole life leaves nothing behind")
    func life() throws {
        let held = try self.blocksHeld {
            let cluster = try CoreTestCluster { $0.preVote = true }
            let leader = try cluster.elect()
            cluster.isolated = [ServerID(3)]
            for number in 0..<20 {
                try leader.step(.submit([.command("\(number)"), .command("b")]), now: cluster.now)
                try cluster.settle()
            }
            try leader.compact(upTo: 15)
            cluster.isolated = []
            try cluster.run(for: 2000)
            _ = try CoreTestNode(start: leader.durable)
            _ = try CoreTestNode(start: cluster.nodes[2].durable)
            try leader.step(.transfer(to: nil), now: cluster.now)
            try cluster.settle()
            try cluster.run(for: 2000)
            #expect(throws: RaftCoreError.self) { try cluster.nodes[0].step(.submit([.command("x")])) }
        }
        #expect(held == 0)
    }

    @Test("refused and ignored messages leave nothing behind")
    func refusals() throws {
        let held = try self.blocksHeld {
            let node = try CoreTestNode()
            func append(_ term: Term, after index: LogIndex, _ previous: Term) -> Message {
                .appendEntries(
                    .init(
                        term: term,
                        previousIndex: index,
                        previousTerm: previous,
                        leaderCommit: 2,
                        entries: [.command("\(term)", term: term), .command("b", term: term)]
                    )
                )
            }
            try node.receive(append(2, after: 1, 1), from: 2)
            try node.receive(append(2, after: 1, 1), from: 2)
            try node.persist()
            try node.receive(append(2, after: 8, 2), from: 2)
            try node.receive(append(1, after: 1, 1), from: 3)
            for term in Term(1)...2 {
                let snapshot = Snapshot(
                    index: 2,
                    term: term,
                    configuration: node.configuration,
                    configurationIndex: 1,
                    data: [1]
                )
                try node.receive(.installSnapshot(.init(term: term, snapshot: snapshot)), from: 2)
            }
            #expect(throws: RaftCoreError.self) { try node.step(.submit([.command("x")])) }
            #expect(throws: RaftCoreError.self) { try node.receive(append(3, after: 1, 1), from: 3) }
        }
        #expect(held == 0)
    }
}

/// Counts the core's heap blocks of the thread that counts; other threads' pass through.
private final class BlockCounter {
    /// Where a thread that counts finds its counter. The core's heap is changed once and for the whole process, since
    /// other tests use it at the same time; its blocks stay plain `malloc` blocks.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        let heap = UnsafeMutablePointer<raft_heap>.allocate(capacity: 1)
        heap.initialize(to: raft_heap())
        heap.pointee.malloc = { BlockCounter.taken(Glibc.malloc($1)) }
        heap.pointee.calloc = { BlockCounter.taken(Glibc.calloc($1, $2)) }
        heap.pointee.realloc = { _, block, size in
            BlockCounter.given(block)
            return BlockCounter.taken(Glibc.realloc(block, size))
        }
        heap.pointee.free = { _, block in
            BlockCounter.given(block)
            Glibc.free(block)
        }
        heap.pointee.aligned_alloc = { BlockCounter.taken(Glibc.aligned_alloc($1, $2)) }
        heap.pointee.aligned_free = { _, _, block in
            BlockCounter.given(block)
            Glibc.free(block)
        }
        raft_heap_set(heap)
        return key
    }()

    private var blocks: Set<UnsafeMutableRawPointer> = []

    /// How many blocks `body` takes and leaves. They are freed here, so that a leak on purpose is none of the process.
    func count(_ body: () throws -> Void) rethrows -> Int {
        pthread_setspecific(Self.key, Unmanaged.passUnretained(self).toOpaque())
        defer {
            pthread_setspecific(Self.key, nil)
            for block in self.blocks { Glibc.free(block) }
        }
        try body()
        return self.blocks.count
    }

    private static var current: BlockCounter? {
        pthread_getspecific(self.key).map { Unmanaged<BlockCounter>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func taken(_ block: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let block { self.current?.blocks.insert(block) }
        return block
    }

    private static func given(_ block: UnsafeMutableRawPointer?) {
        if let block { self.current?.blocks.remove(block) }
    }
}
