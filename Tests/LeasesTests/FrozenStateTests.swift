import Leases
import Testing

@Suite struct FrozenStateTests {
    /// Enough that some share a shard, so that what changes lies beside what does not.
    private static let keys = 2_000

    @Test(
        "a snapshot is the state as it was when taken, byte for byte, while claims, extends, revokes and expiries go on",
        arguments: [1, 2] as [UInt64]
    )
    func unmoved(seed: UInt64) async {
        var random = Seeded(seed)
        var state = LeaseState()
        var clock: UInt64 = 0
        for first in stride(from: 0, to: Self.keys, by: 1_000) {
            clock += 10
            let claims = (first..<first + 1_000).map {
                LeaseCommand.claim(Self.key($0), holder: "x", milliseconds: 4_000)
            }
            _ = state.apply(Self.batch(claims, clock: clock, &random))
        }
        var taken: [(bytes: [UInt8], frozen: FrozenState, beside: Task<[UInt8], Never>)] = []
        var events = (claimed: 0, expired: 0, revoked: 0)
        for round in 0..<60 {
            if round % 20 == 0 {
                let frozen = state.frozen
                let beside = Task.detached { frozen.encodedSnapshot() }
                taken.append((state.encodedSnapshot(), frozen, beside))
            }
            clock += 100
            let commands = (0..<40).map { _ in Self.command(&random) }
            for event in state.apply(Self.batch(commands, clock: clock, &random)).events {
                switch event {
                case .claimed: events.claimed += 1
                case .expired: events.expired += 1
                case .revoked: events.revoked += 1
                }
            }
        }
        #expect(events.claimed > 100 && events.expired > 100 && events.revoked > 20, "\(events)")
        for (bytes, frozen, beside) in taken {
            #expect(frozen.encodedSnapshot() == bytes, "seed \(seed)")
            #expect(await beside.value == bytes, "seed \(seed)")
        }
        #expect(Set(taken.map(\.bytes)).count == taken.count)
    }

    private static func key(_ number: Int) -> LeaseKey { LeasesTests.key("lease-\(number)", model: "m\(number % 3)") }

    private static func command(_ random: inout Seeded) -> LeaseCommand {
        let key = self.key(Int.random(in: 0..<self.keys + 300, using: &random))
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<40: return .claim(key, holder: random.pick(["x", "y"]), milliseconds: 5_000)
        case 40..<80: return .extend(key, holder: "x", milliseconds: 6_000)
        case 80..<90: return .revoke(key, holder: nil, force: random.chance(50))
        case 90..<95: return .pin(key, entity: "p")
        default: return .unpin(key, entity: "p")
        }
    }

    private static func batch(_ commands: [LeaseCommand], clock: UInt64, _ random: inout Seeded) -> LeaseBatch {
        LeaseBatch(
            clock: at(clock),
            operations: commands.map { command in
                let id = OperationID(high: random.next(), low: random.next())
                return LeaseOperation(id: id, notAfter: at(clock + 1_000), command: command)
            }
        )
    }
}
