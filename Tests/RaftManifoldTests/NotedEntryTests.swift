import Leases
import Testing

@testable import RaftManifold

@Suite struct NotedEntryTests {
    private static func batch(_ name: String) -> LeaseBatch {
        let command = LeaseCommand.claim(
            LeaseKey(namespace: "n", model: "m", name: name),
            holder: "h",
            milliseconds: 30_000
        )
        let operation = LeaseOperation(
            id: OperationID(high: 1, low: 2),
            notAfter: GlobalTime(milliseconds: 9_000),
            command: command
        )
        return LeaseBatch(clock: GlobalTime(milliseconds: 5), operations: [operation])
    }

    @Test("what was noted of an entry is taken once, and only for exactly its bytes")
    func taken() {
        let replica = LeaseReplica()
        let (one, other) = (Self.batch("a"), Self.batch("b"))
        replica.note(one, as: one.encoded())
        #expect(replica.takeNoted(other.encoded()) == nil)
        #expect(replica.takeNoted(one.encoded()) == one)
        #expect(replica.takeNoted(one.encoded()) == nil)
    }

    @Test("an entry that another leader wrote in the place of the noted one is read")
    func replaced() throws {
        let replica = LeaseReplica()
        let machine = LeaseMachine(replica: replica)
        let (noted, written) = (Self.batch("a"), Self.batch("b"))
        replica.note(noted, as: noted.encoded())
        _ = try machine.apply(written.encoded())
        #expect(replica.read { $0.lease(LeaseKey(namespace: "n", model: "m", name: "b")) } != nil)
        #expect(replica.read { $0.lease(LeaseKey(namespace: "n", model: "m", name: "a")) } == nil)
    }
}
