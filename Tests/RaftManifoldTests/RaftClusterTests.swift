import AgentResources
import Consensus
import Leases
import Testing

@testable import RaftManifold

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite(.serialized, .timeLimit(.minutes(2))) struct RaftClusterTests {
    @Test("three controllers elect one leader, apply what it is given, and all come to the same state")
    func election() async throws {
        let cluster = try await TestCluster.start(3)
        let first = try await cluster.claim("one")
        let (result, index) = try await cluster.apply(.claim(key("two"), holder: "b", milliseconds: 60_000))
        guard case .granted(let second) = result, let first else {
            Issue.record("\(String(describing: result))")
            return
        }
        #expect(second.token > first.token)
        for controller in cluster.controllers {
            try await controller.proposals.applied(index, deadline: .sinceBoot() + .seconds(20))
            let holders = controller.proposals.read { state in
                [state.lease(key("one"))?.holder, state.lease(key("two"))?.holder]
            }
            #expect(holders == ["a", "b"])
        }
        let leading = cluster.controllers.map(\.proposals.status).filter { $0.role == .leader }
        #expect(leading.count == 1)
        try await cluster.close()
    }

    @Test("a follower answers not-leader with the leader's id and address")
    func notLeader() async throws {
        let cluster = try await TestCluster.start(3)
        let leader = try await cluster.leader()
        let follower = try #require(cluster.controllers.first { $0.id != leader.id })
        try await follower.wait { $0.leader?.id == leader.id }
        let outcome = await follower.operations.perform(.barrier)
        guard case .never(let refusal) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(refusal.reason == .notLeader)
        // Leadership may have moved meanwhile; whoever is named is named with its address.
        let named = try #require(refusal.leader)
        #expect(named.address == "127.0.0.1:\(20_000 + named.id)")
        try await cluster.close()
    }

    @Test("a controller that was away catches up from its own log")
    func restart() async throws {
        let cluster = try await TestCluster.start(3)
        _ = try await cluster.claim("before")
        let leader = try await cluster.leader()
        let follower = try #require(cluster.controllers.first { $0.id != leader.id })
        try await follower.stop()
        #expect(!follower.operations.hasConsumer)
        let (_, index) = try await cluster.apply(.claim(key("meanwhile"), holder: "b", milliseconds: 60_000))
        try await follower.start()
        try await follower.proposals.applied(index, deadline: .sinceBoot() + .seconds(20))
        #expect(follower.proposals.read { $0.lease(key("meanwhile"))?.holder } == "b")
        try await cluster.close()
    }

    @Test("after all were stopped the leases are still their holders', and tokens keep growing")
    func durability() async throws {
        let cluster = try await TestCluster.start(3)
        let before = try #require(try await cluster.claim("kept"))
        for controller in cluster.controllers { try await controller.stop() }
        for controller in cluster.controllers { try await controller.start() }
        let refused = try #require(try await cluster.claim("kept", "b"))
        #expect(refused.holder == "a")
        #expect(refused.token == before.token)
        let after = try #require(try await cluster.claim("new", "b"))
        #expect(after.token > before.token)
        try await cluster.close()
    }

    @Test("a leader that stops has handed leadership over")
    func handover() async throws {
        let cluster = try await TestCluster.start(3)
        _ = try await cluster.claim("x")
        let leader = try await cluster.leader()
        try await leader.stop()
        let next = try await cluster.leader(except: leader.id)
        #expect(next.id != leader.id)
        #expect(try await cluster.claim("x", "b")?.holder == "a")
        try await cluster.close()
    }

    @Test("a drained leader has handed leadership over, says so, and goes on as a follower")
    func drain() async throws {
        let cluster = try await TestCluster.start(3)
        let leader = try await cluster.leader()
        try await leader.drain()
        let next = try await cluster.leader(except: leader.id)
        try await leader.wait { $0.leader?.id == next.id }
        let (_, index) = try await cluster.apply(.claim(key("after"), holder: "a", milliseconds: 60_000))
        try await leader.proposals.applied(index, deadline: .sinceBoot() + .seconds(20))
        try await cluster.close()
    }

    @Test("leadership does not move while every thread of Swift's own pool is blocked")
    func blockedPool() async throws {
        let options = RaftOptions(electionTimeout: .seconds(1), heartbeat: .milliseconds(50))
        let cluster = try await TestCluster.start(3, options: options)
        _ = try await cluster.claim("x")
        let term = try await cluster.leader().proposals.status.term
        await withTaskGroup(of: Void.self) { group in
            // The fault itself, not a wait: longer than any election timeout.
            for _ in 0..<sysconf(CInt(_SC_NPROCESSORS_ONLN)) { group.addTask { usleep(2_500_000) } }
        }
        for controller in cluster.controllers { #expect(controller.proposals.status.term == term) }
        try await cluster.close()
    }

    @Test("a follower behind the leader's log is brought up with a snapshot, and watchers are told of the gap")
    func snapshot() async throws {
        let cluster = try await TestCluster.start(3, options: RaftOptions(snapshotThreshold: 16, trailingEntries: 4))
        _ = try await cluster.claim("first")
        let leader = try await cluster.leader()
        let follower = try #require(cluster.controllers.first { $0.id != leader.id })
        try await follower.stop()
        var index: UInt64 = 0
        for round in 0..<60 {
            index = try await cluster.apply(
                .claim(key("lease-\(round)"), holder: "h", milliseconds: 60_000)
            ).index
        }
        let running = try await follower.start()
        let events = running.proposals.events()
        try await follower.proposals.applied(index, deadline: .sinceBoot() + .seconds(30))
        let count = follower.proposals.read { $0.count }
        #expect(count == 61)
        // The first says only where this reader begins.
        #expect(await events.dropFirst().first { _ in true }?.gap == true)
        try await cluster.close()
    }

    @Test("peers stay connected when the API server goes, and events reach watchers in order")
    func apiServerGone() async throws {
        let cluster = try await TestCluster.start(3)
        _ = try await cluster.claim("warm")
        let leader = try await cluster.leader()
        for controller in cluster.controllers { controller.setAPI(nil) }
        let events = leader.proposals.events()
        for name in ["a", "b", "c"] { _ = try await cluster.claim(name) }
        var names: [String] = []
        for await entry in events.dropFirst() {
            #expect(!entry.gap)
            names += entry.events.map(\.key.name)
            if names.count == 3 { break }
        }
        #expect(names == ["a", "b", "c"])
        try await cluster.close()
    }

    @Test("submissions that wait together go into few entries, each answered in its own turn")
    func batching() async throws {
        let cluster = try await TestCluster.start(1)
        let leader = try await cluster.leader()
        let before = leader.proposals.status.appliedIndex
        let outcomes = await withTaskGroup(of: (Int, SubmissionOutcome).self) { group in
            for number in 0..<500 {
                group.addTask {
                    let operation = LeaseOperation(
                        id: OperationID(high: 1, low: UInt64(number)),
                        notAfter: GlobalTime(milliseconds: 60_000),
                        command: .claim(key("n-\(number)"), holder: "h-\(number)", milliseconds: 60_000)
                    )
                    return (number, await leader.operations.perform(number % 5 == 0 ? .barrier : .apply(operation)))
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for (number, outcome) in outcomes {
            switch outcome {
            case .applied(.granted(let grant)?, _): #expect(grant.holder == "h-\(number)")
            case .applied(nil, _): #expect(number % 5 == 0)
            default: Issue.record("\(number): \(outcome)")
            }
        }
        #expect(leader.proposals.status.appliedIndex - before < 500)
        try await cluster.close()
    }
}
