import Consensus
import Testing

@Suite struct CoreLifeCycleTests {
    @Test("a founding controller starts as follower with its configuration committed")
    func bootstrap() throws {
        let node = try CoreTestNode()
        #expect(node.core.role == .follower)
        #expect(node.core.term == 1)
        #expect(node.core.votedFor == nil)
        #expect(node.core.leader == nil)
        #expect(node.core.lastIndex == 1)
        #expect(node.core.commitIndex == 1)
        #expect(node.core.startUpdate.commitIndex == 1)
        #expect(node.core.deadline >= 1000 && node.core.deadline <= 2000)
    }

    @Test("the seed alone decides when an election starts")
    func seeds() throws {
        let first = try CoreTestNode { $0.seed = 1 }.core.deadline
        #expect(try CoreTestNode { $0.seed = 1 }.core.deadline == first)
        let others = try (2...20).map { seed in try CoreTestNode { $0.seed = seed }.core.deadline }
        #expect(others.contains { $0 != first })
    }

    @Test("term and vote come with the vote requests that need them durable")
    func candidacy() throws {
        let node = try CoreTestNode()
        let update = try node.step(.timeout, now: node.core.deadline)
        #expect(update.termAndVote == .init(term: 2, votedFor: ServerID(1)))
        #expect(update.roleChanged)
        #expect(update.messages.map(\.to) == [ServerID(2), ServerID(3)])
        #expect(node.core.role == .candidate)
    }

    @Test("three controllers elect a leader, replicate and commit", arguments: [false, true])
    func replication(preVote: Bool) throws {
        let cluster = try CoreTestCluster { $0.preVote = preVote }
        let leader = try cluster.elect()
        #expect(leader.core.role == .leader)
        #expect(leader.core.leader == leader.id)
        let update = try leader.step(.submit([.command("a"), .command("b")]), now: cluster.now)
        #expect(update.entries?.entries.map(\.term) == [2, 2])
        #expect(update.entries?.entries.map(\.payload) == [Array("a".utf8), Array("b".utf8)])
        try cluster.settle()
        try cluster.run(for: 300)
        for node in cluster.nodes {
            #expect(node.core.commitIndex == leader.lastIndex)
            #expect(node.log == leader.log)
            #expect(node.core.leader == leader.id)
        }
        #expect(leader.core.matchIndex(of: ServerID(3)) == leader.lastIndex)
    }

    @Test("a follower acknowledges only what is durable, and may learn of commits before that")
    func acknowledgement() throws {
        let node = try CoreTestNode()
        let entries = [Entry.command("a", term: 2), .command("b", term: 2)]
        let append = AppendEntries(term: 2, previousIndex: 1, previousTerm: 1, leaderCommit: 3, entries: entries)
        let update = try node.receive(.appendEntries(append), from: 2)
        #expect(update.termAndVote == .init(term: 2, votedFor: nil))
        #expect(update.entries == .init(at: 2, entries: entries))
        #expect(update.commitIndex == 3)
        #expect(update.messages.isEmpty)
        #expect(try node.step(.persistedEntries(2)).messages.results.map(\.lastIndex) == [2])
        #expect(try node.step(.persistedEntries(3)).messages.results.map(\.lastIndex) == [3])
    }

    @Test("entries of an older leader are cut when a newer one disagrees")
    func conflict() throws {
        let node = try CoreTestNode()
        let old = (2...4).map { Entry.command("old \($0)", term: 2) }
        try node.receive(
            .appendEntries(.init(term: 2, previousIndex: 1, previousTerm: 1, leaderCommit: 1, entries: old)),
            from: 2
        )
        try node.persist()
        let new = [old[0], Entry.command("new", term: 3)]
        let update = try node.receive(
            .appendEntries(.init(term: 3, previousIndex: 1, previousTerm: 1, leaderCommit: 1, entries: new)),
            from: 3
        )
        #expect(update.entries == .init(at: 3, entries: [new[1]]))
        #expect(node.core.persistedIndex == 2)
        #expect(node.core.lastIndex == 3)
    }

    @Test("a restart goes on with term, vote and log")
    func restart() throws {
        let cluster = try CoreTestCluster()
        let leader = try cluster.elect()
        try leader.step(.submit([.command("a")]), now: cluster.now)
        try cluster.settle()
        let node = try CoreTestNode(start: leader.durable)
        #expect(node.core.term == leader.core.term)
        #expect(node.core.votedFor == leader.id)
        #expect(node.core.lastIndex == leader.core.lastIndex)
        #expect(node.core.commitIndex == 1)
        #expect(node.core.role == .follower)
    }

    @Test("a restart goes on with a snapshot and the log after it", arguments: [0, 2])
    func restartFromSnapshot(suffix: Int) throws {
        let configuration = CoreTestNode.configuration(of: 3)
        let snapshot = Snapshot(index: 10, term: 3, configuration: configuration, configurationIndex: 1, data: [1])
        let entries = (0..<suffix).map { Entry.command("\($0)", term: 4) }
        let node = try CoreTestNode(
            start: DurableState(term: 5, votedFor: ServerID(2), snapshot: snapshot, firstIndex: 11, entries: entries)
        )
        #expect(node.core.term == 5)
        #expect(node.core.votedFor == ServerID(2))
        #expect(node.core.lastIndex == 10 + LogIndex(suffix))
        #expect(node.core.persistedIndex == 10 + LogIndex(suffix))
        #expect(node.core.commitIndex == 10)
        #expect(node.core.configuration == configuration)
    }

    @Test("a restart goes on with a snapshot and trailing entries before it, entry 1 included")
    func restartWithTrailingEntries() throws {
        let configuration = CoreTestNode.configuration(of: 3)
        let snapshot = Snapshot(index: 3, term: 1, configuration: configuration, configurationIndex: 1, data: [])
        var start = DurableState.bootstrap(configuration)
        start.entries += (2...5).map { .command("\($0)", term: 1) }
        start.snapshot = snapshot
        let node = try CoreTestNode(start: start)
        #expect(node.core.lastIndex == 5)
        #expect(node.core.commitIndex == 3)
        try node.receive(
            .appendEntries(.init(term: 2, previousIndex: 5, previousTerm: 1, leaderCommit: 5)),
            from: 2
        )
        #expect(node.core.commitIndex == 5)
    }

    @Test("a log that ends before the snapshot is left from before an install and does not count")
    func obsoleteLog() throws {
        var start = DurableState.bootstrap(CoreTestNode.configuration(of: 3))
        start.snapshot = Snapshot(
            index: 8,
            term: 1,
            configuration: CoreTestNode.configuration(of: 3),
            configurationIndex: 1,
            data: []
        )
        let node = try CoreTestNode(start: start)
        #expect(node.core.lastIndex == 8)
    }

    @Test("leadership is handed over when asked for")
    func transfer() throws {
        let cluster = try CoreTestCluster()
        let leader = try cluster.elect()
        try leader.step(.transfer(to: ServerID(3)), now: cluster.now)
        #expect(leader.core.transferee == ServerID(3))
        #expect(leader.core.leader == nil)
        #expect(throws: RaftCoreError.self) { try leader.step(.submit([.command("x")]), now: cluster.now) }
        try cluster.settle()
        #expect(cluster.leader?.id == ServerID(3))
        #expect(leader.core.role == .follower)
    }

    @Test("a follower far behind gets the snapshot, and only then the rest")
    func install() throws {
        let cluster = try CoreTestCluster()
        let leader = try cluster.elect()
        cluster.isolated = [ServerID(3)]
        for number in 0..<20 {
            try leader.step(.submit([.command("\(number)")]), now: cluster.now)
            try cluster.settle()
        }
        try leader.compact(upTo: 15)
        cluster.isolated = []
        try cluster.run(for: 1000)
        let follower = cluster.nodes[2]
        #expect(follower.updates.contains { $0.installSnapshot == leader.snapshot })
        #expect(follower.snapshot == leader.snapshot)
        #expect(follower.log == leader.log)
        #expect(follower.core.commitIndex == leader.core.commitIndex)
    }

    @Test("nothing is told committed while a snapshot is being installed")
    func commitDuringInstall() throws {
        let node = try CoreTestNode()
        let snapshot = Snapshot(
            index: 9,
            term: 2,
            configuration: node.configuration,
            configurationIndex: 1,
            data: [1, 2, 3]
        )
        let update = try node.receive(.installSnapshot(.init(term: 2, snapshot: snapshot)), from: 2)
        #expect(update.installSnapshot == snapshot)
        #expect(node.core.isInstallingSnapshot == true)
        let heartbeat = AppendEntries(term: 2, previousIndex: 9, previousTerm: 2, leaderCommit: 9)
        #expect(try node.receive(.appendEntries(heartbeat), from: 2).commitIndex == nil)
        let done = try node.step(.persistedSnapshot(9))
        #expect(done.commitIndex == 9)
        #expect(done.messages.results.map(\.lastIndex) == [9])
        #expect(node.core.isInstallingSnapshot == false)
    }
}
