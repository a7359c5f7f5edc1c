import Consensus
import Testing

@Suite struct NodeHandoverTests {
    @Test("leadership goes to the peer that was named, without an election timeout", arguments: [3, 5])
    func named(count: Int) throws {
        let cluster = try NodeTestCluster(count)
        let old = cluster.elect()
        cluster.advance(200)
        let target = old % count + 1
        cluster.handle(old, .transferLeadership(to: ServerID(UInt64(target))))
        cluster.advance(100)
        #expect(cluster.controllers[old - 1].handovers == [true])
        #expect(cluster.controllers[target - 1].node.status.isServing)
    }

    @Test("a handover waits until the peer has the whole log")
    func waits() throws {
        let cluster = try NodeTestCluster(3)
        let old = cluster.elect()
        cluster.advance(200)
        let target = old % 3 + 1
        cluster.controllers[target - 1].isDiskWorking = false
        cluster.handle(old, .propose([1], tag: 1))
        cluster.settle()
        cluster.handle(old, .transferLeadership(to: ServerID(UInt64(target))))
        cluster.advance(300)
        #expect(cluster.controllers[old - 1].node.status.isServing)
        #expect(!cluster.sent.contains { if case .timeoutNow = $0.message { true } else { false } })
        cluster.controllers[target - 1].isDiskWorking = true
        cluster.advance(150)
        #expect(cluster.controllers[target - 1].node.status.isServing)
    }

    @Test("while leadership is handed over proposals are refused, and taken again when it failed")
    func refusing() throws {
        let cluster = try NodeTestCluster(3) { $0.transferTimeout = 300 }
        let leader = cluster.elect()
        cluster.advance(200)
        let target = leader % 3 + 1
        cluster.controllers[target - 1].isDiskWorking = false
        cluster.handle(leader, .propose([1], tag: 1))
        cluster.handle(leader, .transferLeadership(to: ServerID(UInt64(target))))
        cluster.handle(leader, .propose([2], tag: 2))
        cluster.advance(299)
        #expect(cluster.controllers[leader - 1].proposalFailures == [2: .draining])
        #expect(cluster.controllers[leader - 1].handovers.isEmpty)
        cluster.advance(2)
        #expect(cluster.controllers[leader - 1].handovers == [false])
        cluster.handle(leader, .propose([3], tag: 3))
        cluster.advance(10)
        #expect(cluster.controllers[leader - 1].appliedTags == [1, 3])
    }

    @Test("a drained leader hands over to anybody and refuses proposals for good")
    func drain() throws {
        let cluster = try NodeTestCluster(3)
        let old = cluster.elect()
        cluster.advance(200)
        cluster.handle(old, .drain)
        cluster.advance(150)
        #expect(cluster.controllers[old - 1].handovers == [true])
        #expect(cluster.controllers.contains { $0.node.status.isServing })
        #expect(!cluster.controllers[old - 1].node.status.isServing)
    }

    @Test("a node elected while it drains hands over again")
    func drainedAndElected() throws {
        let cluster = try NodeTestCluster(3)
        let leader = cluster.elect()
        cluster.advance(200)
        let drained = leader % 3 + 1
        cluster.handle(drained, .drain)
        cluster.handle(leader, .transferLeadership(to: ServerID(UInt64(drained))))
        cluster.advance(500)
        #expect(cluster.controllers[drained - 1].handovers == [true, true])
        #expect(cluster.controllers[drained - 1].node.status.role == .follower)
        #expect(cluster.controllers.contains { $0.node.status.isServing })
    }

    @Test("a sole voter has nobody to hand over to, and says so at once")
    func nobody() throws {
        let cluster = try NodeTestCluster(1)
        _ = cluster.elect()
        cluster.handle(1, .drain)
        #expect(cluster.controllers[0].handovers == [false])
        cluster.handle(1, .propose([1], tag: 1))
        #expect(cluster.controllers[0].proposalFailures == [1: .draining])
    }

    @Test("a follower asked to hand over has nothing to do, and a stranger is no successor")
    func nothing() throws {
        let cluster = try NodeTestCluster(3)
        let leader = cluster.elect()
        cluster.advance(100)
        cluster.handle(leader % 3 + 1, .transferLeadership(to: nil))
        #expect(cluster.controllers[leader % 3].handovers == [true])
        cluster.handle(leader, .transferLeadership(to: ServerID(9)))
        #expect(cluster.controllers[leader - 1].handovers == [false])
    }
}
