import AgentResources
import Leases
import Testing

@testable import RaftManifold

/// Global time as the leader stamps it, in virtual time.
@Suite struct GlobalTimeTests {
    private static let status = RaftStatus(
        id: 1,
        role: .leader,
        term: 2,
        commitIndex: 0,
        appliedIndex: 0,
        leader: nil,
        isServing: true
    )

    @Test(
        "guarantee 5: under a load that never pauses, and without one tick, time passes and leases end when they are over",
        arguments: [UInt64.random(in: 0 ... .max)]
    )
    func noStarvation(seed: UInt64) throws {
        var random = Steps(state: seed)
        var batches = SealedBatches()
        let replica = LeaseReplica()
        let meter = RaftMeter(Self.status, now: .seconds(100))
        var now = Uptime.seconds(100)
        batches.serves(in: 2, globalTime: .zero, now: now)
        meter.serves(by: batches.clock)
        let key = LeaseKey(namespace: "n", model: "m", name: "due")
        var freedAt: Uptime?
        var slowest = Duration.zero
        for number in 0..<4_000 as Range<UInt64> {
            // Sealed the moment the last one was answered: the log is never idle.
            guard let clock = batches.globalTime(now: now) else {
                Issue.record("it does not serve")
                return
            }
            let command: LeaseCommand =
                number == 0
                ? .claim(key, holder: "a", milliseconds: 5_000)
                : .claim(LeaseKey(namespace: "n", model: "m", name: "busy"), holder: "b", milliseconds: 60_000)
            let operation = LeaseOperation(
                id: OperationID(high: 1, low: number),
                notAfter: clock.advanced(byMilliseconds: 1_000),
                command: command
            )
            let sealed = now
            let tag = batches.begin([], now: now)
            let commit = Duration.microseconds(Int64(random.next() % 20_000))
            slowest = max(slowest, commit)
            now += commit
            let old = replica.globalTime
            let entry = LeaseBatch(clock: clock, operations: [operation]).encoded()
            let (_, events) = try replica.apply(entry)
            meter.applied(events, after: commit, from: old, to: replica.globalTime, now: now)
            batches.applied(tag: tag, index: number, results: nil)
            #expect(replica.globalTime == clock, "seed \(seed)")
            // Never faster than real time: what the entry says had passed when it was sealed.
            #expect(clock.milliseconds <= UInt64((sealed - .seconds(100)).wholeMilliseconds), "seed \(seed)")
            if freedAt == nil, replica.read({ $0.lease(key) == nil }) { freedAt = now }
        }
        let lag = meter.statistics(Self.status, replica, now: now).worstClockLagSeconds
        // Behind by the entry before and the entry itself, and nothing more whatever the load.
        #expect(lag <= 2 * 0.020 + 0.002, "seed \(seed)")
        guard let freedAt else {
            Issue.record("seed \(seed): the lease never ended")
            return
        }
        #expect(freedAt - .seconds(100) > .seconds(5), "seed \(seed)")
        #expect(freedAt - .seconds(105) <= slowest + slowest + .milliseconds(2), "seed \(seed)")
        #expect(meter.statistics(Self.status, replica, now: now).expiries[.other] == 1)
    }

    @Test("without a leader time stands still, and the next leader goes on from where it stood")
    func standsStill() {
        var first = SealedBatches()
        first.serves(in: 2, globalTime: .zero, now: .seconds(10))
        let stood = first.globalTime(now: .seconds(15))
        #expect(stood == GlobalTime(milliseconds: 5_000))
        first.stopsServing()
        #expect(first.globalTime(now: .seconds(20)) == nil)
        // Another machine, whose own clock says something else; an hour went by without a leader.
        var second = SealedBatches()
        second.serves(in: 3, globalTime: GlobalTime(milliseconds: 5_000), now: .seconds(3_600 + 77))
        #expect(second.globalTime(now: .seconds(3_600 + 77)) == stood)
        #expect(second.globalTime(now: .seconds(3_600 + 78)) == GlobalTime(milliseconds: 6_000))
    }

    @Test("the lag is what the leader's clock has passed beyond the replicated time, elsewhere since that last moved")
    func lag() throws {
        let replica = LeaseReplica()
        let meter = RaftMeter(Self.status, now: .seconds(10))
        #expect(meter.statistics(Self.status, replica, now: .seconds(12)).clockLagSeconds == 2)
        _ = try replica.apply(LeaseBatch(clock: GlobalTime(milliseconds: 100), operations: []).encoded())
        meter.applied([], after: nil, from: .zero, to: replica.globalTime, now: .seconds(13))
        #expect(meter.statistics(Self.status, replica, now: .seconds(14)).clockLagSeconds == 1)
        meter.serves(by: ClockBase(globalTime: replica.globalTime, now: .seconds(20)))
        #expect(meter.statistics(Self.status, replica, now: .milliseconds(20_500)).clockLagSeconds == 0.5)
    }

    private struct Steps: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = self.state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }
}
