import AgentResources
import ClusterIdentity
import Consensus
import DependencyEngine
import Leases
import LogStore
import NIOConcurrencyHelpers
import Testing

@testable import RaftManifold

@Suite(.serialized, .timeLimit(.minutes(2))) struct RaftWorkerTests {
    @Test("one controller alone leads, and a tick moves its clock, never faster than real time")
    func alone() async throws {
        let start = Uptime.sinceBoot()
        let cluster = try await TestCluster.start(1)
        let controller = try await cluster.leader()
        let first = controller.proposals.globalTime
        var now = first
        while now <= first {
            let index = controller.proposals.status.appliedIndex
            controller.proposals.tickClock()
            try await controller.proposals.applied(index + 1, deadline: .sinceBoot() + .seconds(20))
            now = controller.proposals.globalTime
        }
        // The cluster's time began with the cluster, after `start`.
        #expect(now.milliseconds <= UInt64((Uptime.sinceBoot() - start).wholeMilliseconds))
        try await cluster.close()
    }

    @Test("global time stands still while nobody leads")
    func standstill() async throws {
        let cluster = try await TestCluster.start(1)
        let controller = cluster.controllers[0]
        _ = try await cluster.claim("x")
        let before = controller.proposals.globalTime
        try await controller.stop()
        try await controller.start()
        _ = try await cluster.leader()
        let after = controller.proposals.globalTime
        #expect(after == before)
        try await cluster.close()
    }

    @Test("waiting for an entry that does not come ends at the deadline")
    func deadline() async throws {
        let cluster = try await TestCluster.start(1)
        let controller = try await cluster.leader()
        let error = await #expect(throws: RaftError.self) {
            try await controller.proposals.applied(1_000_000, deadline: .sinceBoot() + .milliseconds(20))
        }
        #expect(error?.code == .deadlineExceeded)
        try await cluster.close()
    }

    @Test("what was done is counted: entries, operations, reads, times, and who was heard")
    func statistics() async throws {
        let cluster = try await TestCluster.start(3)
        let leader = try await cluster.leader()
        let before = leader.proposals.statistics
        for number in 0..<5 { _ = try await cluster.claim("l-\(number)") }
        _ = await leader.operations.perform(.barrier)
        let after = leader.proposals.statistics
        #expect(after.sealedOperations - before.sealedOperations == 5)
        #expect(after.sealedReads - before.sealedReads == 1)
        #expect(after.sealedEntries - before.sealedEntries == 6)
        #expect(after.grants.total == 5)
        #expect(after.heldLeases[.lease] == 5)
        #expect(after.rememberedResults == 5)
        #expect(after.extensionSlack.counts.allSatisfy { $0 == 0 } && after.pins == 0)
        #expect(after.guardTrips.count == 9 && after.guardTrips["sole_voter_term"] == 0)
        #expect(after.commitTimes.count == after.sealedEntries)
        #expect(after.batchSizes.count == after.sealedEntries)
        #expect(after.appendTimes.count > 0 && after.voteTimes.count > 0)
        #expect(after.sealedBytes > before.sealedBytes)
        #expect(after.leaderChanges >= 1)
        #expect(Set(after.peerSilence.keys) == Set([1, 2, 3].filter { $0 != leader.id }))
        #expect(after.status.isServing)
        try await cluster.close()
    }

    @Test("a callback that waits for an entry is told once: applied, too late, or stopped")
    func callbacks() async throws {
        let cluster = try await TestCluster.start(1)
        let controller = try await cluster.leader()
        let proposals = controller.proposals
        func outcome(of index: UInt64, within time: Duration) async -> Bool {
            await withCheckedContinuation { continuation in
                proposals.whenApplied(index, deadline: .sinceBoot() + time) { continuation.resume(returning: $0) }
            }
        }
        let index = proposals.status.appliedIndex
        #expect(await outcome(of: index, within: .zero))
        #expect(await !outcome(of: 1_000_000, within: .milliseconds(20)))
        proposals.tickClock()
        #expect(await outcome(of: index + 1, within: .seconds(20)))
        let (ends, end) = AsyncStream.makeStream(of: Bool.self)
        proposals.whenApplied(1_000_000, deadline: .sinceBoot() + .seconds(60)) { end.yield($0) }
        try await controller.stop()
        var answers = ends.makeAsyncIterator()
        #expect(await answers.next() == false)
        #expect(await !outcome(of: 1_000_000, within: .seconds(60)))
        try await cluster.close()
    }

    @Test("what waits when the worker stops is answered, and so is what comes later")
    func stopping() async throws {
        let cluster = try await TestCluster.start(1)
        let controller = try await cluster.leader()
        let proposals = controller.proposals
        let waiting = Task { try await proposals.applied(1_000_000, deadline: .sinceBoot() + .seconds(60)) }
        try await controller.stop()
        let error = await #expect(throws: RaftError.self) { try await waiting.value }
        #expect(error?.code == .stopping)
        // Reads go on: what was applied last stays true of the index it was applied at.
        #expect(proposals.read { $0.globalTime } == proposals.globalTime)
        proposals.tickClock()
        for await _ in proposals.events() {}
        for await _ in proposals.statusChanges() {}
        try await cluster.close()
    }

    @Test("a worker that is stopped before it ran lets go of its log")
    func stoppedBeforeRun() async throws {
        let cluster = try await TestCluster.start(1)
        let controller = cluster.controllers[0]
        try await controller.stop()
        let (signal, _, stop) = StopSignal.standalone()
        stop()
        try await controller.open().run(.standalone(stop: signal))
        try await controller.start()
        _ = try await cluster.leader()
        try await cluster.close()
    }

    @Test("a log that is in use, missing or another cluster's is refused with a sentence")
    func refusedLog() async throws {
        let cluster = try await TestCluster.start(1)
        let controller = cluster.controllers[0]
        var error = await #expect(throws: LogStoreError.self) { _ = try await controller.open() }
        #expect(error?.code == .inUse)
        let other = try ClusterBootstrap(servers: [ClusterServer(id: 1, address: "127.0.0.1:1")]).identities()[0]
        try await controller.stop()
        error = await #expect(throws: LogStoreError.self) {
            _ = try await RaftWorker.open(
                directory: controller.directory,
                identity: other,
                operations: controller.operations,
                apiServer: controller.deferred,
                options: RaftOptions()
            )
        }
        #expect(error?.code == .otherCluster)
        error = await #expect(throws: LogStoreError.self) {
            _ = try await RaftWorker.open(
                directory: DataDirectory(path: controller.directory.path + "/none"),
                identity: other,
                operations: controller.operations,
                apiServer: controller.deferred,
                options: RaftOptions()
            )
        }
        #expect(error?.code == .missingDirectory)
        try await cluster.close()
    }

    @Test("a failed write ends the worker with a sentence, and what was in flight is answered unknown")
    func failedWrite() async throws {
        let cluster = try await TestCluster.start(1)
        let controller = cluster.controllers[0]
        try await controller.stop()
        let store = FailingStore(
            try SQLiteLogStore.open(
                path: controller.directory.file(RaftLogFile.name),
                clusterID: controller.identity.clusterID,
                serverID: ServerID(1)
            )
        )
        let worker = RaftWorker(
            identity: controller.identity,
            operations: controller.operations,
            apiServer: controller.deferred,
            options: RaftOptions(),
            dialer: NoDialer(),
            threads: RaftThreads(),
            store: store,
            durable: try store.load()
        )
        let running = await TestController.run(worker)
        for await status in running.proposals.statusChanges() where status.isServing { break }
        store.fail()
        let outcome = await controller.operations.perform(.barrier)
        guard case .unknown = outcome else {
            Issue.record("\(outcome)")
            return
        }
        let error = await #expect(throws: RaftError.self) { try await running.task.value }
        #expect(error?.code == .halted)
        #expect(error?.message.contains("disk on fire") == true)
        try await cluster.close()
    }
}

/// A store whose writes begin to fail when told so.
final class FailingStore: LogStore {
    struct DiskOnFire: Error, CustomStringConvertible {
        var description: String { "disk on fire" }
    }

    private let store: SQLiteLogStore
    private let fails = NIOLockedValueBox(false)

    init(_ store: SQLiteLogStore) { self.store = store }

    func fail() { self.fails.withLockedValue { $0 = true } }

    func load() throws -> DurableState { try self.store.load() }

    func saveTermAndVote(_ term: Term, _ votedFor: ServerID?) throws {
        if self.fails.withLockedValue({ $0 }) { throw DiskOnFire() }
        try self.store.saveTermAndVote(term, votedFor)
    }

    func write(_ writes: [LogWrite]) throws {
        if self.fails.withLockedValue({ $0 }) { throw DiskOnFire() }
        try self.store.write(writes)
    }

    func close() throws { try self.store.close() }
}
