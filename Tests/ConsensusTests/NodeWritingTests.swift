import Testing

@testable import Consensus

@Suite struct NodeWritingTests {
    @Test("a failed write halts the node, and nothing is heard of it any more")
    func failedWrite() throws {
        let cluster = try NodeTestCluster(1)
        _ = cluster.elect()
        let controller = cluster.controllers[0]
        controller.isDiskWorking = false
        cluster.handle(1, .propose([1], tag: 1))
        cluster.handle(1, .writeFailed("no space left on device"))
        #expect(controller.halts.count == 1)
        #expect(controller.halts[0].reason.contains("no space left on device"))
        #expect(controller.proposalFailures == [1: .unknown])
        #expect(controller.node.status.role == .unavailable)
        let count = controller.actions.count
        cluster.handle(1, .propose([1], tag: 2))
        cluster.handle(1, .written(WriteTicket(1000)))
        cluster.advance(3000)
        #expect(controller.actions.count == count)
    }

    @Test("only the highest of several durable writes is reported")
    func coalesced() {
        var writes = NodeWrites()
        let first = writes.append(at: 2, last: 3)
        let second = writes.append(at: 4, last: 4)
        let third = writes.append(at: 5, last: 9)
        #expect(first < second)
        self.expect(writes.durable(upTo: second), [.entries(4)])
        self.expect(writes.durable(upTo: second), [])
        self.expect(writes.durable(upTo: third), [.entries(9)])
        #expect(writes.isEmpty)
    }

    @Test("a write issued before a cut at or below it is not reported, one before the cut is")
    func truncated() {
        var writes = NodeWrites()
        let kept = writes.append(at: 2, last: 3)
        let cut = writes.append(at: 4, last: 6)
        let cutToo = writes.append(at: 7, last: 8)
        let new = writes.append(at: 5, last: 5)
        self.expect(writes.durable(upTo: kept), [.entries(3)])
        self.expect(writes.durable(upTo: cut), [])
        self.expect(writes.durable(upTo: cutToo), [])
        self.expect(writes.durable(upTo: new), [.entries(5)])
    }

    @Test("nothing issued before an install is reported, and what follows it comes after it")
    func installed() {
        var writes = NodeWrites()
        _ = writes.append(at: 2, last: 30)
        _ = writes.install(20)
        _ = writes.silent()
        let last = writes.append(at: 21, last: 22)
        self.expect(writes.durable(upTo: last), [.snapshot(20), .entries(22)])
    }

    private func expect(
        _ reports: [NodeWrites.Report],
        _ expected: [NodeWrites.Report],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(reports == expected, sourceLocation: sourceLocation)
    }

    @Test("an append of many entries is sent in pieces that follow each other")
    func splitting() throws {
        let cluster = try NodeTestCluster(3) {
            $0.maximumMessageBytes = 100
            $0.maximumMessageEntries = 5
        }
        let leader = cluster.elect()
        let other = leader % 3 + 1
        cluster.isCut = { from, to in from == UInt64(other) || to == UInt64(other) }
        for tag in 1...30 as ClosedRange<UInt64> {
            let size = tag % 10 == 0 ? 120 : 25
            cluster.handle(leader, .propose(Array(repeating: UInt8(tag), count: size), tag: tag))
            cluster.settle()
        }
        cluster.isCut = { _, _ in false }
        cluster.advance(1000)
        #expect(cluster.controllers[other - 1].node.machine.commands.count == 30)
        var isSplit = false
        for (_, _, message) in cluster.sent {
            guard case .appendEntries(let append) = message else { continue }
            #expect(append.entries.count == append.count)
            #expect(append.count <= 5)
            let bytes = append.entries.reduce(0) { $0 + $1.payload.count }
            #expect(bytes <= 100 || append.count == 1)
            if append.count > 1 { isSplit = true }
        }
        #expect(isSplit)
    }
}
