import AgentResources
import Leases
import Testing

@testable import RaftManifold

@Suite struct LeaseReplicaTests {
    private func entry(_ id: UInt64, at clock: UInt64, _ command: LeaseCommand) -> [UInt8] {
        LeaseBatch(
            clock: GlobalTime(milliseconds: clock),
            operations: [
                LeaseOperation(
                    id: OperationID(high: 1, low: id),
                    notAfter: GlobalTime(milliseconds: clock + 1_000),
                    command: command
                )
            ]
        ).encoded()
    }

    @Test("a leader's snapshot takes the place of the leases and their counts, and the slack counted so far stays")
    func replaced() throws {
        let replica = LeaseReplica()
        _ = try replica.apply(self.entry(1, at: 0, .claim(key("a"), holder: "x", milliseconds: 30_000)))
        _ = try replica.apply(self.entry(2, at: 10_000, .extend(key("a"), holder: "x", milliseconds: 30_000)))
        let counted = replica.read { $0.extensionSlack }
        #expect(counted.totalSeconds == 20)
        var other = LeaseState()
        _ = try other.apply(entry: self.entry(1, at: 0, .claim(key("b"), holder: "y", milliseconds: 60_000)))
        _ = try other.apply(entry: self.entry(2, at: 0, .claim(key("c"), holder: "y", milliseconds: 60_000)))
        replica.replace(with: try LeaseState(decoding: other.encodedSnapshot()))
        #expect(replica.read { $0.extensionSlack } == counted)
        #expect(replica.read { $0.heldByNamespace[.lease] } == 2)
        _ = try replica.apply(self.entry(3, at: 20_000, .extend(key("b"), holder: "y", milliseconds: 60_000)))
        #expect(replica.read { $0.extensionSlack.totalSeconds } == 60)
    }
}
