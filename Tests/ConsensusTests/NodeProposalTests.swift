import Consensus
import Testing

@Suite struct NodeProposalTests {
    @Test("a sole voter leads at once and answers a proposal once it is on its disk")
    func soleVoter() throws {
        let cluster = try NodeTestCluster(1)
        #expect(cluster.elect() == 1)
        let controller = cluster.controllers[0]
        controller.isDiskWorking = false
        cluster.handle(1, .propose([7], tag: 99))
        cluster.advance(100)
        #expect(controller.appliedTags.isEmpty)
        controller.isDiskWorking = true
        cluster.settle()
        #expect(controller.appliedTags == [99])
        #expect(controller.node.machine.commands == [[7]])
    }

    @Test("a proposal is applied everywhere and answered only where it was made", arguments: [3, 5])
    func replicated(count: Int) throws {
        let cluster = try NodeTestCluster(count)
        let leader = cluster.elect()
        for tag in 1...20 as ClosedRange<UInt64> { cluster.handle(leader, .propose([UInt8(tag)], tag: tag)) }
        cluster.advance(200)
        for (index, controller) in cluster.controllers.enumerated() {
            #expect(controller.node.machine.commands == (1...20).map { [UInt8($0)] })
            #expect(controller.appliedTags == (index + 1 == leader ? Array(1...20) : []))
            #expect(controller.halts.isEmpty)
        }
    }

    @Test("term and vote come first of everything a step asks for")
    func voteFirst() throws {
        let cluster = try NodeTestCluster(3) { $0.core.preVote = false }
        _ = cluster.elect()
        for controller in cluster.controllers {
            var saved: Term = 1
            for action in controller.actions {
                if case .saveTermAndVote(let term, _) = action { saved = term }
                if case .send(let message, _) = action { #expect(message.term <= saved) }
                if case .write(.append(_, let entries), _) = action {
                    #expect(entries.allSatisfy { $0.term <= saved })
                }
            }
            #expect(saved > 1)
        }
    }

    @Test("a follower refuses a proposal and names the leader")
    func notLeader() throws {
        let cluster = try NodeTestCluster(3)
        let leader = cluster.elect()
        cluster.advance(100)
        let follower = leader % 3 + 1
        cluster.handle(follower, .propose([1], tag: 5))
        #expect(
            cluster.controllers[follower - 1].proposalFailures == [5: .notLeader(ServerID(UInt64(leader)))]
        )
    }

    @Test("proposals are refused while too many entries are uncommitted, and taken again later")
    func overloaded() throws {
        let cluster = try NodeTestCluster(3) { $0.maximumUncommittedEntries = 4 }
        let leader = cluster.elect()
        for tag in 1...6 as ClosedRange<UInt64> { cluster.handle(leader, .propose([1], tag: tag)) }
        let controller = cluster.controllers[leader - 1]
        #expect(controller.proposalFailures == [5: .overloaded, 6: .overloaded])
        cluster.settle()
        cluster.handle(leader, .propose([1], tag: 7))
        cluster.settle()
        #expect(controller.appliedTags == [1, 2, 3, 4, 7])
    }

    @Test("a leader whose disk hangs refuses proposals although its peers commit them")
    func hungDisk() throws {
        let cluster = try NodeTestCluster(3) { $0.maximumUncommittedEntries = 4 }
        let leader = cluster.elect()
        cluster.advance(100)
        let controller = cluster.controllers[leader - 1]
        controller.isDiskWorking = false
        for tag in 1...6 as ClosedRange<UInt64> {
            cluster.handle(leader, .propose([1], tag: tag))
            cluster.advance(10)
        }
        #expect(controller.appliedTags == [1, 2, 3, 4])
        #expect(controller.proposalFailures == [5: .overloaded, 6: .overloaded])
        controller.isDiskWorking = true
        cluster.advance(10)
        cluster.handle(leader, .propose([1], tag: 7))
        cluster.advance(10)
        #expect(controller.appliedTags == [1, 2, 3, 4, 7])
    }

    @Test("a command of another version halts the node for good instead of being left out")
    func unknownFormat() throws {
        let cluster = try NodeTestCluster(1)
        _ = cluster.elect()
        let controller = cluster.controllers[0]
        cluster.handle(1, .propose([1], tag: 1))
        cluster.settle()
        let applied = controller.node.status.appliedIndex
        cluster.handle(1, .propose([255], tag: 2))
        cluster.handle(1, .propose([3], tag: 3))
        cluster.settle()
        let halt = try #require(controller.halts.first)
        #expect(controller.halts.count == 1)
        #expect(halt.reason.contains("upgrade this controller"))
        #expect(!halt.mayPass)
        #expect(controller.appliedTags == [1])
        #expect(controller.proposalFailures == [2: .unknown, 3: .unknown])
        #expect(controller.node.machine.commands == [[1]])
        #expect(controller.node.status.appliedIndex == applied)
    }

    @Test("a proposal that is too large is refused")
    func tooLarge() throws {
        let cluster = try NodeTestCluster(1) { $0.maximumProposalBytes = 10 }
        _ = cluster.elect()
        cluster.handle(1, .propose(Array(repeating: 0, count: 11), tag: 1))
        cluster.handle(1, .propose(Array(repeating: 0, count: 10), tag: 2))
        cluster.settle()
        #expect(cluster.controllers[0].proposalFailures == [1: .tooLarge])
        #expect(cluster.controllers[0].appliedTags == [2])
    }

    @Test("a proposal whose leader is cut off is unknown, and is overwritten by the next leader's entries")
    func unknown() throws {
        let cluster = try NodeTestCluster(3)
        let old = cluster.elect()
        cluster.isCut = { from, to in from == UInt64(old) || to == UInt64(old) }
        cluster.handle(old, .propose([1], tag: 1))
        cluster.advance(5000)
        #expect(cluster.controllers[old - 1].proposalFailures == [1: .unknown])
        #expect(!cluster.controllers[old - 1].node.status.isServing)
        let new = try #require(cluster.controllers.firstIndex { $0.node.status.isServing }) + 1
        #expect(new != old)
        cluster.handle(new, .propose([2], tag: 2))
        cluster.isCut = { _, _ in false }
        cluster.advance(1000)
        for controller in cluster.controllers { #expect(controller.node.machine.commands == [[2]]) }
    }
}
