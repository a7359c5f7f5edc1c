/// The time since boot and a way to wait for it: what every worker with a deadline is given, so that tests own time.
package protocol UptimeClock: Sendable {
    /// On the scale of `Duration.sinceBoot()`.
    var now: Uptime { get }
    /// Returns at `instant` or soon after; throws `CancellationError` when the task is cancelled first.
    func sleep(until instant: Uptime) async throws
}

/// The machine's own clock, which keeps counting while it is suspended.
package struct SystemUptimeClock: UptimeClock {
    package init() {}

    package var now: Uptime { .sinceBoot() }

    package func sleep(until instant: Uptime) async throws {
        try await Task.sleep(for: max(instant - self.now, Duration.zero), clock: .continuous)
    }
}

extension UptimeClock where Self == SystemUptimeClock {
    /// The machine's own clock.
    package static var system: SystemUptimeClock { SystemUptimeClock() }
}
