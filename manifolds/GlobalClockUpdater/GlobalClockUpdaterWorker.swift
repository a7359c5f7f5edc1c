import AgentResources
import DependencyEngine
import Leases

/// Ticks every second, and as the next lease expires, so that expiry is seen promptly.
///
/// It only asks: the leader's own clock says what time it is, and ticks that meet a busy log cost nothing.
struct GlobalClockUpdaterWorker: Worker {
    /// Ticks at least this often, so that reads and waits see time pass.
    static let interval = Duration.seconds(1)
    /// Ticks are at least this far apart; also how long one may take before its effect is looked for.
    static let shortestInterval = Duration.milliseconds(50)

    let raft: any Proposals
    let clock: any UptimeClock

    func run(_ context: WorkerContext) async throws {
        try await context.untilStopped {
            while true {
                self.raft.tickClock()
                let ticked = self.clock.now
                try await self.clock.sleep(until: ticked + Self.shortestInterval)
                let next = min(ticked + Self.interval, self.nextExpiry())
                if next > self.clock.now { try await self.clock.sleep(until: next) }
            }
        }
    }

    /// When, by this machine's clock, the next lease's time is over.
    private func nextExpiry() -> Uptime {
        let remaining = self.raft.read { state -> UInt64? in
            // Global time is in whole milliseconds, rounded down, hence one more.
            state.nextExpiry.map { state.globalTime.milliseconds(until: $0) + 1 }
        }
        let now = self.clock.now
        guard let remaining, remaining < Self.interval.wholeMilliseconds else {
            return now + Self.interval
        }
        return now + .milliseconds(Int64(remaining))
    }
}
