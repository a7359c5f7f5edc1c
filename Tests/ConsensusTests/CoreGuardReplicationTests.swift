import Consensus
import Testing

/// Each guard on the way of entries: what it keeps, and the harm that is done when it alone is off.
@Suite struct CoreGuardReplicationTests {
    private func append(
        term: Term = 2,
        after index: LogIndex,
        _ previous: Term,
        through last: LogIndex,
        commit: LogIndex
    ) -> Message {
        .appendEntries(
            AppendEntries(
                term: term,
                previousIndex: index,
                previousTerm: previous,
                leaderCommit: commit,
                entries: last <= index ? [] : (index + 1...last).map { .command("\($0)", term: term) }
            )
        )
    }

    /// The commit index after a delayed message that ends before it.
    private func commitAfterDelayedMessage(_ guards: Guards) throws -> (index: LogIndex, told: LogIndex?) {
        let node = try CoreTestNode(guards: guards)
        try node.receive(self.append(after: 1, 1, through: 5, commit: 5), from: 2)
        try node.persist()
        #expect(node.core.commitIndex == 5)
        let update = try node.receive(self.append(after: 1, 1, through: 2, commit: 6), from: 2)
        return (node.core.commitIndex, update.commitIndex)
    }

    @Test("commit clamp: a delayed message does not take the commit index back")
    func commitClamp() throws {
        let kept = try self.commitAfterDelayedMessage(.all)
        #expect(kept.index == 5)
        #expect(kept.told == nil)
        let broken = try self.commitAfterDelayedMessage(.all.subtracting(.commitClamp))
        #expect(broken.index == 2)
        #expect(broken.told == 2)
    }

    @Test("commit clamp: a message that goes on from the commit index still raises it")
    func commitClampLetsProgressThrough() throws {
        let node = try CoreTestNode()
        try node.receive(self.append(after: 1, 1, through: 5, commit: 3), from: 2)
        try node.persist()
        #expect(node.core.commitIndex == 3)
        #expect(try node.receive(self.append(after: 3, 2, through: 5, commit: 9), from: 2).commitIndex == 5)
    }

    /// What a leader sends to a follower whose rejection from long ago arrives after its acknowledgement.
    private func sentAfterStaleRejection(_ guards: Guards) throws -> [AppendEntries] {
        let cluster = try CoreTestCluster(guards: guards)
        let leader = try cluster.elect()
        for number in 0..<3 {
            try leader.step(.submit([.command("\(number)")]), now: cluster.now)
            try cluster.settle()
        }
        let match = leader.core.lastIndex
        #expect(leader.core.matchIndex(of: ServerID(3)) == match)
        // The follower falls silent, so the leader probes it again from its match on.
        cluster.isolated = [ServerID(3)]
        try cluster.run(for: 300)
        try leader.step(.submit([.command("more")]), now: cluster.now)
        try cluster.settle()
        leader.outbox = []
        let stale = AppendEntriesResult(term: leader.core.term, rejected: match, lastIndex: match - 1)
        let update = try leader.receive(.appendEntriesResult(stale), from: 3, now: cluster.now)
        return update.messages.appends
    }

    @Test("stale reject: a rejection from before an acknowledgement does not move the follower's window back")
    func staleReject() throws {
        #expect(try self.sentAfterStaleRejection(.all).isEmpty)
        let broken = try self.sentAfterStaleRejection(.all.subtracting(.staleReject))
        // It goes back behind what is acknowledged, and then sends nothing although there are entries to send.
        let message = try #require(broken.first)
        #expect(message.previousIndex < 4)
        #expect(message.count == 0)
    }

    @Test("stale reject: a rejection of a newer term still ends the leadership")
    func staleRejectLearnsTerm() throws {
        let cluster = try CoreTestCluster()
        let leader = try cluster.elect()
        let term = leader.core.term + 1
        try leader.receive(
            .appendEntriesResult(.init(term: term, rejected: 1, lastIndex: 0)),
            from: 3,
            now: cluster.now
        )
        #expect(leader.core.role == .follower)
        #expect(leader.core.term == term)
    }

    private func compactedFollower(_ guards: Guards) throws -> CoreTestNode {
        let snapshot = Snapshot(
            index: 10,
            term: 2,
            configuration: CoreTestNode.configuration(of: 3),
            configurationIndex: 1,
            data: []
        )
        return try CoreTestNode(
            start: DurableState(term: 2, votedFor: nil, snapshot: snapshot, firstIndex: 11, entries: []),
            guards: guards
        )
    }

    @Test("compacted prefix: entries that begin inside the snapshot are taken from where it ends")
    func compactedPrefix() throws {
        let kept = try self.compactedFollower(.all)
        let update = try kept.receive(self.append(after: 7, 2, through: 12, commit: 10), from: 2)
        #expect(update.entries == .init(at: 11, entries: [.command("11", term: 2), .command("12", term: 2)]))
        let broken = try self.compactedFollower(.all.subtracting(.compactedPrefix))
        let refused = try broken.receive(self.append(after: 7, 2, through: 12, commit: 10), from: 2)
        #expect(refused.entries == nil)
        #expect(refused.messages.results.map(\.rejected) == [7])
    }

    @Test("compacted prefix: entries that the snapshot covers are acknowledged and not appended", arguments: [0, 4, 9])
    func coveredEntries(previous: LogIndex) throws {
        let node = try self.compactedFollower(.all)
        var entries = (previous + 1...10).map { Entry.command("\($0)", term: 2) }
        if previous == 0 { entries[0] = Entry(term: 1, kind: .configuration, payload: node.configuration.encoded()) }
        let update = try node.receive(
            .appendEntries(
                .init(
                    term: 2,
                    previousIndex: previous,
                    previousTerm: previous == 0 ? 0 : 2,
                    leaderCommit: 10,
                    entries: entries
                )
            ),
            from: 2
        )
        #expect(update.entries == nil)
        #expect(update.messages.results == [.init(term: 2, rejected: 0, lastIndex: 10, features: 1)])
        #expect(node.core.lastIndex == 10)
    }

    @Test("compacted prefix: another entry where the snapshot ends stops the core")
    func contradictsSnapshot() throws {
        let node = try self.compactedFollower(.all)
        let error = #expect(throws: RaftCoreError.self) {
            try node.receive(self.append(term: 3, after: 8, 2, through: 12, commit: 10), from: 2)
        }
        #expect(error?.code == .conflictingHistory)
    }

    @Test("compacted prefix: a message that ends inside the snapshot is acknowledged up to the snapshot")
    func endsInsideSnapshot() throws {
        let node = try self.compactedFollower(.all)
        let update = try node.receive(self.append(after: 3, 2, through: 5, commit: 10), from: 2)
        #expect(update.entries == nil)
        #expect(update.messages.results.map(\.lastIndex) == [10])
    }
}
