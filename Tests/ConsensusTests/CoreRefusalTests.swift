import Consensus
import Testing

@Suite struct CoreRefusalTests {
    private static let configuration = CoreTestNode.configuration(of: 3)

    @Test("a durable state that cannot be is refused with a remedy", arguments: CoreRefusalTests.badStarts)
    func badStart(_ start: DurableState) throws {
        let error = #expect(throws: RaftCoreError.self) { _ = try CoreTestNode(start: start) }
        #expect(error?.code == .badStart)
        #expect(error?.isFatal == true)
        #expect(error?.remedy.isEmpty == false)
    }

    static var badStarts: [DurableState] {
        let good = DurableState.bootstrap(self.configuration)
        let snapshot = Snapshot(
            index: 5,
            term: 2,
            configuration: self.configuration,
            configurationIndex: 1,
            data: []
        )
        func changed(_ change: (inout DurableState) -> Void) -> DurableState {
            var state = good
            change(&state)
            return state
        }
        return [
            changed { $0.term = 0 },
            changed { $0.term = .max },
            changed { $0.entries = [] },
            changed { $0.firstIndex = 0 },
            changed { $0.firstIndex = 2 },
            changed { $0.entries[0].kind = .command },
            changed { $0.entries[0].payload = [] },
            changed { $0.entries[0].payload = [UInt8](repeating: 0xff, count: 40) },
            changed { $0.entries[0].term = 2 },
            changed { $0.entries.append(Entry(term: 0, kind: .command, payload: [])) },
            changed { $0.entries.append($0.entries[0]) },
            changed { $0.entries[0].payload = CoreTestNode.configuration(of: 5).encoded().dropLast() },
            changed { $0.entries[0].payload = ClusterConfiguration(servers: []).encoded() },
            changed {
                $0.entries[0].payload =
                    ClusterConfiguration(servers: [.init(id: ServerID(9), address: "a")]).encoded()
            },
            DurableState(term: 1, votedFor: nil, snapshot: snapshot, firstIndex: 6, entries: []),
            DurableState(term: 3, votedFor: nil, snapshot: snapshot, firstIndex: 7, entries: []),
            DurableState(
                term: 3,
                votedFor: nil,
                snapshot: snapshot,
                firstIndex: 5,
                entries: [.command("x", term: 3)]
            ),
        ]
    }

    @Test("only the leader takes entries, and a refusal changes nothing")
    func submitToFollower() throws {
        let node = try CoreTestNode()
        let error = #expect(throws: RaftCoreError.self) { try node.step(.submit([.command("x")])) }
        #expect(error?.code == .notLeader)
        #expect(error?.isFatal == false)
        #expect(node.core.lastIndex == 1)
        #expect(node.core.role == .follower)
    }

    @Test("reports and events that make no sense are refused and harm nothing")
    func badEvents() throws {
        let cluster = try CoreTestCluster()
        let leader = try cluster.elect()
        try leader.step(.submit([.command("x")]), now: cluster.now)
        try cluster.settle()
        let last = leader.core.lastIndex
        func metadata(_ index: LogIndex) -> SnapshotMetadata {
            SnapshotMetadata(index: index, term: 2, configuration: Self.configuration, configurationIndex: 1)
        }
        let events: [RaftCoreEvent] = [
            .persistedEntries(last), .persistedEntries(last + 1), .persistedEntries(0), .persistedSnapshot(4),
            .submit([]), .submit([Entry(term: 2, kind: .configuration, payload: Self.configuration.encoded())]),
            .snapshotTaken(metadata(1)), .snapshotTaken(metadata(last + 1)),
        ]
        for event in events {
            let error = #expect(throws: RaftCoreError.self) { try leader.step(event, now: cluster.now) }
            #expect(error?.code == .badEvent)
        }
        for server in [ServerID(0), ServerID(1), ServerID(9)] {
            let error = #expect(throws: RaftCoreError.self) {
                try leader.step(.transfer(to: server), now: cluster.now)
            }
            #expect(error?.code == .noSuchServer)
        }
        try leader.step(.submit([.command("y")]), now: cluster.now)
        try cluster.settle()
        #expect(leader.core.commitIndex == last + 1)
    }

    @Test("messages no peer would send are refused before they reach the core", arguments: badMessages)
    func badMessage(_ message: Message) throws {
        let node = try CoreTestNode()
        let error = #expect(throws: RaftCoreError.self) { try node.receive(message, from: 2) }
        #expect(error?.code == .badMessage)
        #expect(error?.isFatal == false)
        #expect(node.core.term == 1)
        #expect(node.core.lastIndex == 1)
    }

    static var badMessages: [Message] {
        func append(
            term: Term = 2,
            _ index: LogIndex = 1,
            _ previous: Term = 1,
            commit: LogIndex = 1,
            count: Int? = nil,
            entries: [Entry] = []
        ) -> Message {
            .appendEntries(
                AppendEntries(
                    term: term,
                    previousIndex: index,
                    previousTerm: previous,
                    leaderCommit: commit,
                    count: count,
                    entries: entries
                )
            )
        }
        func install(_ index: LogIndex, _ term: Term, _ configuration: ClusterConfiguration, at: LogIndex) -> Message {
            .installSnapshot(
                InstallSnapshot(
                    term: 2,
                    snapshot: Snapshot(
                        index: index,
                        term: term,
                        configuration: configuration,
                        configurationIndex: at,
                        data: []
                    )
                )
            )
        }
        let other = CoreTestNode.configuration(of: 5)
        func vote(_ candidate: UInt64, index: LogIndex = 1, term: Term = 1, version: UInt8 = 2) -> Message {
            .requestVote(
                RequestVote(
                    version: version,
                    term: 2,
                    candidate: ServerID(candidate),
                    lastIndex: index,
                    lastTerm: term
                )
            )
        }
        return [
            vote(3), vote(0), vote(2, index: 0), vote(2, term: 0), vote(2, term: 2), vote(2, version: 1),
            vote(2, index: .max),
            .requestVoteResult(RequestVoteResult(version: 1, term: 1, voteGranted: true)),
            .requestVoteResult(RequestVoteResult(term: 2, voteGranted: true)),
            .requestVoteResult(RequestVoteResult(term: 3, voteGranted: true, preVote: true)),
            append(term: 0), append(term: .max), append(0, 1), append(1, 0), append(1, 3), append(.max, 1),
            append(commit: .max), append(count: 3), append(entries: [.command("x", term: 3)]),
            append(entries: [.command("x", term: 0)]),
            append(1, 2, entries: [.command("x", term: 1)]),
            append(entries: [.command("x", term: 2), .command("x", term: 1)]),
            append(entries: [Entry(term: 2, kind: .configuration, payload: Self.configuration.encoded())]),
            append(0, 0, entries: [.command("x", term: 1)]),
            append(0, 0, entries: [Entry(term: 1, kind: .configuration, payload: other.encoded())]),
            append(0, 0, entries: [Entry(term: 1, kind: .configuration, payload: [1, 255, 255])]),
            .appendEntriesResult(AppendEntriesResult(term: 1, rejected: .max, lastIndex: 0)),
            .appendEntriesResult(AppendEntriesResult(term: 1, rejected: 0, lastIndex: .max)),
            install(0, 0, Self.configuration, at: 0), install(3, 3, Self.configuration, at: 1),
            install(3, 1, other, at: 1), install(3, 1, Self.configuration, at: 4),
            install(3, 1, ClusterConfiguration(servers: []), at: 1),
            .timeoutNow(TimeoutNow(term: 0, lastIndex: 1, lastTerm: 1)),
            .timeoutNow(TimeoutNow(term: 2, lastIndex: 1, lastTerm: 3)),
        ]
    }

    @Test("strangers and a node itself are no peers")
    func strangers() throws {
        let node = try CoreTestNode()
        let message = Message.appendEntries(.init(term: 2, previousIndex: 1, previousTerm: 1, leaderCommit: 1))
        for id in [UInt64(0), 1, 4] {
            let error = #expect(throws: RaftCoreError.self) {
                try node.step(.receive(message, from: Server(id: ServerID(id), address: "x")))
            }
            #expect(error?.code == .badMessage)
        }
    }

    @Test("a second leader of the same term is refused by the first")
    func twoLeaders() throws {
        let cluster = try CoreTestCluster()
        let leader = try cluster.elect()
        let term = leader.core.term
        let error = #expect(throws: RaftCoreError.self) {
            try leader.receive(
                .appendEntries(.init(term: term, previousIndex: 1, previousTerm: 1, leaderCommit: 1)),
                from: 2,
                now: cluster.now
            )
        }
        #expect(error?.code == .badMessage)
        #expect(leader.core.role == .leader)
    }

    @Test("a committed history that contradicts the leader's stops the core for good")
    func conflictingHistory() throws {
        let node = try CoreTestNode()
        func append(_ term: Term, _ text: String) -> Message {
            .appendEntries(
                .init(
                    term: term,
                    previousIndex: 1,
                    previousTerm: 1,
                    leaderCommit: 2,
                    entries: [.command(text, term: term)]
                )
            )
        }
        try node.receive(append(2, "a"), from: 2)
        try node.persist()
        for _ in 0..<2 {
            let error = #expect(throws: RaftCoreError.self) { try node.receive(append(3, "b"), from: 3) }
            #expect(error?.code == .conflictingHistory)
            #expect(error?.isFatal == true)
        }
        #expect(throws: RaftCoreError.self) { try node.step(.timeout, now: 10_000) }
    }
}
