import AgentResources
import Leases
import Testing

@testable import GlobalClockUpdaterManifold

@Suite(.timeLimit(.minutes(1))) struct GlobalClockUpdaterTests {
    let clock = VirtualClock()
    let raft = FakeRaft(id: 1, leader: 1)

    private func started() -> RunningWorker {
        RunningWorker(GlobalClockUpdaterWorker(raft: self.raft, clock: self.clock))
    }

    /// Passes the time the updater gives a tick to take effect.
    private func passEffect() async {
        let asleep = self.clock.now + GlobalClockUpdaterWorker.shortestInterval
        await eventually { self.clock.nextWake == asleep }
        self.clock.advance(by: GlobalClockUpdaterWorker.shortestInterval)
    }

    @Test("an idle leader's clock ticks every second")
    func everySecond() async throws {
        let worker = self.started()
        for tick in 1...3 {
            await eventually { self.raft.ticks == tick }
            let next = self.clock.now + .seconds(1)
            await self.passEffect()
            await eventually { self.clock.nextWake == next }
            self.clock.advance(by: next - self.clock.now)
        }
        try await worker.stop()
    }

    @Test("the clock ticks as the next lease expires")
    func atExpiry() async throws {
        self.raft.apply([operation(claim("db", for: 2_000))], clock: 10_000)
        // 1,700 ms of it have passed: 300 ms are left, then one until it is over, and one that rounding may take.
        self.raft.apply(clock: 11_700)
        let worker = self.started()
        await eventually { self.raft.ticks == 1 }
        await self.passEffect()
        let expiry = self.clock.now + .milliseconds(302)
        await eventually { self.clock.nextWake == expiry }
        self.clock.advance(by: .milliseconds(302))
        await eventually { self.raft.ticks == 2 }
        try await worker.stop()
    }

    @Test("an expiry that is overdue does not make the clock tick without a pause")
    func shortestInterval() async throws {
        // A time that cannot be committed just now: the tick changes nothing.
        self.raft.apply([operation(claim("db", for: 2_000))], clock: 10_000)
        self.raft.apply(clock: 12_000)
        let worker = self.started()
        for tick in 1...4 {
            await eventually { self.raft.ticks == tick }
            await self.passEffect()
            let next = self.clock.now + .milliseconds(2)
            await eventually { self.clock.nextWake == next }
            self.clock.advance(by: .milliseconds(2))
        }
        try await worker.stop()
    }
}
