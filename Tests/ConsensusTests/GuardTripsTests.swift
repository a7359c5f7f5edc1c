import Consensus
import Testing

@Suite struct GuardTripsTests {
    @Test("each guard is counted under its own name, and those that did nothing stay at zero")
    func names() throws {
        let node = try CoreTestNode { $0.preVote = true }
        #expect(node.core.guardTrips == GuardTrips())
        #expect(node.core.guardTrips.byName.count == Guards.names.count)
        #expect(Guards.all.rawValue == 1 << Guards.names.count - 1)
        // An answer to a pre-vote this node is long done with.
        try node.receive(.requestVoteResult(.init(term: 7, voteGranted: false, preVote: true)), from: 2)
        #expect(node.core.guardTrips[.lateVotes] == 1)
        #expect(node.core.guardTrips.byName["late_votes"] == 1)
        #expect(node.core.guardTrips.byName.values.reduce(0, +) == 1)
    }

    @Test("a message is counted only when the guard changed it")
    func onlyWhatChanged() throws {
        let node = try CoreTestNode()
        func append(through last: LogIndex, commit: LogIndex) throws {
            let entries = (2...last).map { Entry.command("\($0)", term: 2) }
            try node.receive(
                .appendEntries(
                    AppendEntries(
                        term: 2,
                        previousIndex: 1,
                        previousTerm: 1,
                        leaderCommit: commit,
                        entries: entries
                    )
                ),
                from: 2
            )
        }
        try append(through: 5, commit: 5)
        try node.persist()
        #expect(node.core.guardTrips == GuardTrips())
        try append(through: 2, commit: 6)
        #expect(node.core.guardTrips[.commitClamp] == 1)
        try node.compact(upTo: 4)
        try append(through: 5, commit: 5)
        #expect(node.core.guardTrips[.compactedPrefix] == 1)
        #expect(node.core.guardTrips[.commitClamp] == 1)
    }

    @Test("a guard that is off is not counted, nor is one whose case did not come up")
    func off() throws {
        let node = try CoreTestNode(guards: .all.subtracting(.lateVotes)) { $0.preVote = true }
        try node.receive(.requestVoteResult(.init(term: 7, voteGranted: false, preVote: true)), from: 2)
        #expect(node.core.guardTrips == GuardTrips())
    }

    @Test("a sole voter's new term is counted at its start")
    func soleVoter() throws {
        #expect(try CoreTestNode(of: 1).core.guardTrips[.soleVoterTerm] == 1)
        #expect(try CoreTestNode(of: 3).core.guardTrips[.soleVoterTerm] == 0)
    }
}
