import Testing

@testable import Consensus

@Suite struct NodeSnapshotTests {
    @Test("after enough entries a snapshot is taken and the log keeps the trailing ones only")
    func threshold() throws {
        let cluster = try NodeTestCluster(1) {
            $0.snapshotThreshold = 10
            $0.core.snapshotTrailing = 3
        }
        _ = cluster.elect()
        for tag in 1...25 as ClosedRange<UInt64> {
            cluster.handle(1, .propose([UInt8(tag)], tag: tag))
            cluster.settle()
        }
        let controller = cluster.controllers[0]
        let snapshot = try #require(controller.node.log.snapshot)
        #expect(snapshot.index >= 20)
        #expect(controller.node.log.firstIndex == snapshot.index - 3 + 1)
        #expect(controller.disk.durable.snapshot == snapshot)
        #expect(controller.disk.durable.firstIndex == controller.node.log.firstIndex)
    }

    @Test(
        "the log is bounded in bytes: large entries bring a snapshot early, each as large as the one before, and few stay behind"
    )
    func bytes() throws {
        let cluster = try NodeTestCluster(3) {
            $0.snapshotThreshold = 1_000_000
            $0.snapshotBytes = 2_000
            $0.trailingBytes = 1_000
        }
        let leader = cluster.elect()
        var most = 0
        for tag in 1...60 as ClosedRange<UInt64> {
            cluster.handle(leader, .propose(Array(repeating: 1, count: 200), tag: tag))
            cluster.settle()
            let log = cluster.controllers[leader - 1].node.log
            most = max(most, Int(log.lastIndex - log.firstIndex) + 1)
        }
        cluster.advance(200)
        for controller in cluster.controllers {
            let log = controller.node.log
            let snapshot = try #require(log.snapshot)
            #expect(snapshot.index >= 40)
            #expect(log.firstIndex == snapshot.index - 5 + 1)
            #expect(controller.disk.durable.firstIndex == log.firstIndex)
            #expect(controller.halts.isEmpty)
        }
        // What is kept behind the last snapshot, and what may come until the next: as much as that one holds.
        #expect(most <= 5 + 40 + 2)
    }

    @Test("nodes told to wait take their first snapshot later, and the others with the same pause as everybody")
    func delayed() throws {
        var entries: [[Int]] = []
        for percent in [0, 20, 60] {
            let cluster = try NodeTestCluster(1) {
                $0.snapshotThreshold = 1_000_000
                $0.snapshotBytes = 10_000
                $0.snapshotDelayPercent = percent
            }
            _ = cluster.elect()
            var snapshots: [Int] = []
            var last: LogIndex = 0
            for proposed in 1...400 as ClosedRange<UInt64> {
                cluster.handle(1, .propose(Array(repeating: 1, count: 100), tag: proposed))
                cluster.settle()
                guard let index = cluster.controllers[0].node.log.snapshot?.index, index > last else { continue }
                last = index
                snapshots.append(Int(proposed))
            }
            entries.append(snapshots)
        }
        // A snapshot holds all there ever was, so the second comes when as much again was applied.
        #expect(entries == [[100, 202], [120, 242], [160, 322]])
    }

    @Test("a large state is not written again for a few small entries")
    func largeState() throws {
        let cluster = try NodeTestCluster(1) {
            $0.snapshotThreshold = 10
            $0.snapshotBytes = 1_000
        }
        _ = cluster.elect()
        var tag: UInt64 = 0
        func propose(_ count: Int, of bytes: Int) {
            for _ in 0..<count {
                tag += 1
                cluster.handle(1, .propose(Array(repeating: 1, count: bytes), tag: tag))
                cluster.settle()
            }
        }
        let controller = cluster.controllers[0]
        for _ in 0..<100 where controller.node.log.snapshot?.data.count ?? 0 <= 5_000 { propose(1, of: 250) }
        let large = try #require(controller.node.log.snapshot)
        #expect(large.data.count > 5_000)
        propose(12, of: 1)
        #expect(controller.node.log.snapshot == large)
        propose(120, of: 1)
        #expect(try #require(controller.node.log.snapshot).index > large.index)
    }

    @Test("a follower that is behind what the bytes let stay gets the snapshot")
    func bytesBehind() throws {
        let cluster = try NodeTestCluster(3) {
            $0.snapshotBytes = 2_000
            $0.trailingBytes = 1_000
        }
        let leader = cluster.elect()
        let late = UInt64(leader % 3 + 1)
        cluster.advance(100)
        cluster.isCut = { $0 == late || $1 == late }
        for tag in 1...40 as ClosedRange<UInt64> {
            cluster.handle(leader, .propose(Array(repeating: 1, count: 200), tag: tag))
            cluster.settle()
        }
        cluster.isCut = { _, _ in false }
        cluster.advance(3_000)
        #expect(cluster.controllers.allSatisfy { $0.node.machine.commands.count == 40 && $0.halts.isEmpty })
    }

    @Test("no snapshot is taken of what is not on this node's own disk")
    func notPersisted() throws {
        let cluster = try NodeTestCluster(3) { $0.snapshotThreshold = 5 }
        let leader = cluster.elect()
        cluster.advance(200)
        let follower = cluster.controllers[leader % 3]
        follower.isDiskWorking = false
        for tag in 1...20 as ClosedRange<UInt64> {
            cluster.handle(leader, .propose([1], tag: tag))
            cluster.advance(60)
        }
        #expect(follower.node.status.appliedIndex > 10)
        let durable = follower.disk.durable.lastIndex
        #expect(follower.node.log.snapshot?.index ?? 0 <= durable)
        follower.isDiskWorking = true
        cluster.advance(200)
        #expect(try #require(follower.node.log.snapshot).index > durable)
        #expect(follower.halts.isEmpty)
    }

    @Test("a restarted node goes on from snapshot and log")
    func restart() throws {
        let cluster = try NodeTestCluster(1) { $0.snapshotThreshold = 10 }
        _ = cluster.elect()
        for tag in 1...17 as ClosedRange<UInt64> {
            cluster.handle(1, .propose([UInt8(tag)], tag: tag))
            cluster.settle()
        }
        let state = cluster.controllers[0].disk.durable
        #expect(state.snapshot != nil)
        let again = try NodeTestCluster(1, start: state)
        #expect(again.elect() == 1)
        #expect(again.controllers[0].node.machine.commands == (1...17).map { [UInt8($0)] })
        #expect(again.controllers[0].node.status.term > state.term)
    }

    @Test("a log that ends below the snapshot is dropped, on disk too")
    func obsoleteLog() throws {
        let configuration = NodeTestCluster.configuration(of: 1)
        var state = DurableState.bootstrap(configuration)
        state.snapshot = Snapshot(
            index: 8,
            term: 1,
            configuration: configuration,
            configurationIndex: 1,
            data: [42, 1, 9]
        )
        let cluster = try NodeTestCluster(1, start: state)
        #expect(cluster.elect() == 1)
        let controller = cluster.controllers[0]
        #expect(controller.node.log.firstIndex == 9)
        #expect(controller.disk.durable.firstIndex == 9)
        #expect(controller.node.machine.commands == [[9]])
        cluster.handle(1, .propose([10], tag: 1))
        cluster.settle()
        #expect(controller.node.machine.commands == [[9], [10]])
    }

    @Test("a snapshot the machine cannot read is refused by name")
    func corrupt() throws {
        let configuration = NodeTestCluster.configuration(of: 1)
        var state = DurableState.bootstrap(configuration)
        state.snapshot = Snapshot(index: 8, term: 1, configuration: configuration, configurationIndex: 1, data: [0])
        let error = #expect(throws: NodeError.self) { _ = try NodeTestCluster(1, start: state) }
        #expect(error?.code == .corruptSnapshot)
        #expect(try #require(error).description.contains("snapshot at 8"))
    }

    @Test("a follower far behind gets the snapshot once, and applies nothing before it is on its disk")
    func install() throws {
        let cluster = try NodeTestCluster(3) {
            $0.snapshotThreshold = 10
            $0.core.snapshotTrailing = 0
        }
        let leader = cluster.elect()
        let other = leader % 3 + 1
        let behind = cluster.controllers[other - 1]
        cluster.isCut = { from, to in from == UInt64(other) || to == UInt64(other) }
        for tag in 1...40 as ClosedRange<UInt64> {
            cluster.handle(leader, .propose([UInt8(tag)], tag: tag))
            cluster.settle()
        }
        behind.isDiskWorking = false
        cluster.isCut = { _, _ in false }
        cluster.advance(2500)
        let installs = cluster.sent.filter { if case .installSnapshot = $0.message { true } else { false } }
        #expect(installs.count == 1)
        #expect(behind.node.machine.commands.isEmpty)
        behind.isDiskWorking = true
        cluster.advance(500)
        #expect(behind.node.machine.commands == (1...40).map { [UInt8($0)] })
        #expect(behind.actions.contains { if case .restored = $0 { true } else { false } })
        #expect(behind.halts.isEmpty)
    }

    @Test(
        "a leader's snapshot that cannot be read halts the node before anything of it is written",
        arguments: [0, 43] as [UInt8]
    )
    func unreadableInstall(first: UInt8) throws {
        let cluster = try NodeTestCluster(3) {
            $0.snapshotThreshold = 10
            $0.core.snapshotTrailing = 0
        }
        let leader = cluster.elect()
        let other = leader % 3 + 1
        let behind = cluster.controllers[other - 1]
        cluster.isCut = { from, to in from == UInt64(other) || to == UInt64(other) }
        for tag in 1...40 as ClosedRange<UInt64> {
            cluster.handle(leader, .propose([UInt8(tag)], tag: tag))
            cluster.settle()
        }
        let log = behind.node.log.lastIndex
        cluster.change = { message in
            guard case .installSnapshot(var install) = message else { return message }
            install.snapshot.data[0] = first
            return .installSnapshot(install)
        }
        cluster.isCut = { _, _ in false }
        cluster.advance(2500)
        let halt = try #require(behind.halts.first)
        #expect(halt.reason.contains("snapshot at"))
        #expect(halt.mayPass == (first == 0))
        #expect(!behind.writes.contains { if case .install = $0 { true } else { false } })
        #expect(behind.disk.durable.snapshot == nil)
        #expect(behind.node.log.snapshot == nil)
        #expect(behind.node.log.lastIndex == log)
        #expect(!cluster.sent.contains { $0.from == UInt64(other) && $0.message.isAcknowledgement(of: 41...) })
    }

    @Test("a transfer is repeated only after it failed, was acknowledged, or ran out of time")
    func transfers() {
        var transfers = NodeTransfers()
        let peer = ServerID(2)
        self.expect(transfers.begin(to: peer, index: 10, now: 0, expiry: 100), true)
        self.expect(transfers.begin(to: peer, index: 10, now: 50, expiry: 150), false)
        self.expect(transfers.begin(to: ServerID(3), index: 10, now: 50, expiry: 150), true)
        transfers.acknowledged(by: peer, upTo: 9)
        self.expect(transfers.begin(to: peer, index: 10, now: 60, expiry: 160), false)
        transfers.failed(to: peer)
        self.expect(transfers.begin(to: peer, index: 10, now: 61, expiry: 161), true)
        transfers.delivered(to: peer, expiry: 70)
        self.expect(transfers.begin(to: peer, index: 10, now: 70, expiry: 170), true)
        transfers.acknowledged(by: peer, upTo: 10)
        self.expect(transfers.begin(to: peer, index: 12, now: 71, expiry: 171), true)
    }

    private func expect(_ began: Bool, _ expected: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(began == expected, sourceLocation: sourceLocation)
    }
}

extension Message {
    fileprivate func isAcknowledgement(of indexes: PartialRangeFrom<LogIndex>) -> Bool {
        guard case .appendEntriesResult(let result) = self else { return false }
        return result.rejected == 0 && indexes.contains(result.lastIndex)
    }
}
