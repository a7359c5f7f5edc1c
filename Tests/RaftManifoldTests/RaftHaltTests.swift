import AgentResources
import ClusterIdentity
import Consensus
import DependencyEngine
import Leases
import LogStore
import Testing

@testable import RaftManifold

/// Ends of the worker that starting again cannot mend.
@Suite(.serialized, .timeLimit(.minutes(1))) struct RaftHaltTests {
    @Test("a snapshot on disk that cannot be read is fatal, and no reason to start again and again")
    func corruptSnapshot() async throws {
        let error = try await self.end { durable, _ in
            durable.snapshot = Snapshot(
                index: 8,
                term: 1,
                configuration: ClusterConfiguration(servers: [Server(id: ServerID(1), address: "127.0.0.1:20001")]),
                configurationIndex: 1,
                data: [0]
            )
        }
        guard case .fatal(let cause)? = error as? Verdict else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect((cause as? NodeError)?.code == .corruptSnapshot)
    }

    @Test("an entry of another version is fatal, and says so")
    func unknownVersion() async throws {
        let error = try await self.end { durable, store in
            var payload = LeaseBatch(clock: .zero, operations: []).encoded()
            payload[2] = 99
            let entry = Entry(term: durable.term, kind: .command, payload: payload)
            try store.write([.append(at: 2, entries: [entry])])
            durable = try store.load()
        }
        guard case .fatal(let cause)? = error as? Verdict else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect("\(cause)".contains("written by another version"))
    }

    @Test("an entry no version can read is left out, by every replica alike")
    func malformedEntry() throws {
        let machine = LeaseMachine(replica: LeaseReplica())
        #expect(try machine.apply([], isAnswered: true).results == nil)
        var batch = LeaseBatch(clock: GlobalTime(milliseconds: 5), operations: []).encoded()
        #expect(try machine.apply(batch + [0], isAnswered: true).results == nil)
        #expect(machine.replica.globalTime == .zero)
        batch[2] = 99
        #expect(throws: UnknownFormat.self) { try machine.apply(batch, isAnswered: true) }
        #expect(machine.replica.globalTime == .zero)
    }

    @Test("results are made only where somebody waits for them, and the leases are the same")
    func answeredOnly() throws {
        let claim = LeaseOperation(
            id: OperationID(high: 1, low: 1),
            notAfter: GlobalTime(milliseconds: 5_000),
            command: .claim(LeaseKey(namespace: "n", model: "m", name: "a"), holder: "h", milliseconds: 30_000)
        )
        let entry = LeaseBatch(clock: GlobalTime(milliseconds: 5), operations: [claim]).encoded()
        let (leader, follower) = (LeaseMachine(replica: LeaseReplica()), LeaseMachine(replica: LeaseReplica()))
        #expect(try leader.apply(entry, isAnswered: true).results?.count == 1)
        let output = try follower.apply(entry, isAnswered: false)
        #expect(output.results == [])
        #expect(output.events.count == 1)
        #expect(leader.frozen.encodedSnapshot() == follower.frozen.encodedSnapshot())
    }

    @Test("a snapshot of another version is told from a damaged one")
    func unknownSnapshot() throws {
        let machine = LeaseMachine(replica: LeaseReplica())
        var data = machine.frozen.encodedSnapshot()
        data[data.count - 1] ^= 1
        #expect(throws: LeaseCodecError.self) { try machine.restored(from: data) }
        // The version follows four bytes that say what the file is.
        data[4] = 99
        #expect(throws: UnknownFormat.self) { try machine.restored(from: data) }
    }

    /// How a lone controller's worker ends by itself, once `change` has been at what it starts from.
    private func end(_ change: (inout DurableState, any LogStore) throws -> Void) async throws -> (any Error)? {
        let cluster = try await TestCluster.start(1)
        let controller = cluster.controllers[0]
        try await controller.stop()
        let store = try SQLiteLogStore.open(
            path: controller.directory.file(RaftLogFile.name),
            clusterID: controller.identity.clusterID,
            serverID: ServerID(1)
        )
        var durable = try store.load()
        durable = DurableState(
            term: durable.term,
            votedFor: durable.votedFor,
            snapshot: nil,
            firstIndex: 1,
            entries: [durable.entries[0]]
        )
        try store.write([.append(at: 2, entries: [])])
        try change(&durable, store)
        let worker = RaftWorker(
            identity: controller.identity,
            operations: controller.operations,
            apiServer: controller.deferred,
            options: RaftOptions(),
            dialer: NoDialer(),
            threads: RaftThreads(),
            store: store,
            durable: durable
        )
        let running = await TestController.run(worker)
        let result = await running.task.result
        try await cluster.close()
        guard case .failure(let error) = result else { return nil }
        return error
    }
}
