import Consensus
import Testing

/// Each guard around elections and timers: what it keeps, and the harm that is done when it alone is off.
@Suite struct CoreGuardElectionTests {
    private func termAfterLateVote(_ guards: Guards) throws -> Term {
        let node = try CoreTestNode(guards: guards) { $0.preVote = true }
        // Answers to a pre-vote this node is long done with.
        let update = try node.receive(
            .requestVoteResult(.init(term: 7, voteGranted: false, preVote: true)),
            from: 2
        )
        #expect((update.termAndVote == nil) == (node.core.term == 1))
        return node.core.term
    }

    @Test("late votes: an answer to a vote that is over does not raise the term")
    func lateVotes() throws {
        #expect(try self.termAfterLateVote(.all) == 1)
        #expect(try self.termAfterLateVote(.all.subtracting(.lateVotes)) == 7)
    }

    @Test("late votes: a candidate still counts the votes it gets")
    func votesCount() throws {
        let node = try CoreTestNode()
        let now = node.core.deadline
        try node.step(.timeout, now: now)
        try node.receive(.requestVoteResult(.init(term: 2, voteGranted: true)), from: 3, now: now)
        #expect(node.core.role == .leader)
    }

    private func answerToPreVote(_ guards: Guards) throws -> RequestVoteResult {
        let start = DurableState(
            term: 9,
            votedFor: nil,
            snapshot: nil,
            firstIndex: 1,
            entries: DurableState.bootstrap(CoreTestNode.configuration(of: 3)).entries
        )
        let node = try CoreTestNode(start: start, guards: guards) { $0.preVote = true }
        let request = RequestVote(term: 3, candidate: ServerID(2), lastIndex: 8, lastTerm: 2, preVote: true)
        return try #require(try node.receive(.requestVote(request), from: 2).messages.votes.first)
    }

    @Test("pre-vote term: a refused pre-vote tells the newer term")
    func preVoteTerm() throws {
        let kept = try self.answerToPreVote(.all)
        #expect(!kept.voteGranted && kept.preVote)
        #expect(kept.term == 9)
        #expect(try self.answerToPreVote(.all.subtracting(.preVoteTerm)).term == 3)
    }

    /// Whether a node with the longest log but an old term and two with newer terms find a leader within a minute.
    private func findsLeader(_ guards: Guards) throws -> Bool {
        let configuration = CoreTestNode.configuration(of: 3)
        let entries = DurableState.bootstrap(configuration).entries
        let cluster = try CoreTestCluster(
            guards: guards,
            starts: [
                DurableState(
                    term: 2,
                    votedFor: nil,
                    snapshot: nil,
                    firstIndex: 1,
                    entries: entries + [.command("x", term: 2)]
                ),
                DurableState(term: 6, votedFor: nil, snapshot: nil, firstIndex: 1, entries: entries),
                DurableState(term: 6, votedFor: nil, snapshot: nil, firstIndex: 1, entries: entries),
            ]
        ) { $0.preVote = true }
        // With one of the short logs gone, only the long one can win.
        cluster.isolated = [ServerID(3)]
        try cluster.run(for: 60_000)
        return cluster.leader != nil
    }

    @Test("pre-vote term: the longest log on an old term can be elected")
    func preVoteLivelock() throws {
        #expect(try self.findsLeader(.all))
        #expect(try !self.findsLeader(.all.subtracting(.preVoteTerm)))
    }

    /// How many entries a leader sends again when its timer is run a few times in quick succession.
    private func sentAgain(_ guards: Guards) throws -> Int {
        let cluster = try CoreTestCluster(guards: guards)
        let leader = try cluster.elect()
        try leader.step(.submit([.command("a")]), now: cluster.now)
        try cluster.settle()
        try cluster.run(for: 50)
        // Entries on their way, not yet acknowledged.
        try leader.step(.submit((0..<10).map { .command("\($0)") }), now: cluster.now)
        #expect(leader.outbox.appends.map(\.count) == [10, 10])
        leader.outbox = []
        var now = cluster.now
        for _ in 0..<3 {
            now += 1
            try leader.step(.timeout, now: now)
        }
        // Whatever comes next goes to a follower that is still in the pipeline, and only the new entry.
        try leader.step(.submit([.command("new")]), now: now)
        try leader.step(.timeout, now: now + 100)
        return leader.outbox.appends.map(\.count).reduce(0, +)
    }

    @Test("timer clamp: a leader's timer run too often does not send the window again")
    func timerClamp() throws {
        #expect(try self.sentAgain(.all) == 2)
        #expect(try self.sentAgain(.all.subtracting(.timerClamp)) >= 20)
    }

    @Test("timer clamp: a leader's deadline is a heartbeat after its last run")
    func timerClampDeadline() throws {
        let cluster = try CoreTestCluster()
        let leader = try cluster.elect()
        let elected = cluster.now
        #expect(leader.core.deadline == elected + 100)
        try leader.step(.timeout, now: elected + 140)
        #expect(leader.core.deadline == elected + 240)
    }

    private func restartedSoleVoter(_ guards: Guards) throws -> CoreTestNode {
        let configuration = CoreTestNode.configuration(of: 1)
        let entries = DurableState.bootstrap(configuration).entries + [.command("a", term: 4)]
        let start = DurableState(term: 4, votedFor: ServerID(1), snapshot: nil, firstIndex: 1, entries: entries)
        return try CoreTestNode(of: 1, start: start, guards: guards)
    }

    @Test("sole voter: it leads in a new term after every start, durable before anything else")
    func soleVoter() throws {
        let kept = try self.restartedSoleVoter(.all)
        #expect(kept.core.role == .leader)
        #expect(kept.core.startUpdate.termAndVote == .init(term: 5, votedFor: ServerID(1)))
        #expect(kept.core.term == 5)
        #expect(kept.core.commitIndex == 2)
        #expect(try kept.step(.submit([.command("b")])).entries?.entries.map(\.term) == [5])
        #expect(try kept.persist().commitIndex == 3)

        // Two runs write different entries with one index and one term.
        let broken = try self.restartedSoleVoter(.all.subtracting(.soleVoterTerm))
        #expect(broken.core.role == .leader)
        #expect(broken.core.startUpdate.termAndVote == nil)
        #expect(try broken.step(.submit([.command("b")])).entries?.entries.map(\.term) == [4])
    }

    @Test("sole voter: a new cluster of one begins in term 2 with its own vote")
    func soleVoterBootstrap() throws {
        let node = try CoreTestNode(of: 1)
        #expect(node.termAndVote == .init(term: 2, votedFor: ServerID(1)))
        #expect(node.core.leader == ServerID(1))
    }
}
