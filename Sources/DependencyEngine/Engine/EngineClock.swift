/// The injected clock as two closures: time since the engine was made, and sleep until such a time.
///
/// An existential clock has no usable instants; opened once here, all deadlines are plain durations.
struct EngineClock: Sendable {
    let now: @Sendable () -> Duration
    let sleep: @Sendable (_ until: Duration) async throws -> Void

    init(_ clock: any Clock<Duration>) {
        self = Self.opening(clock)
    }

    private init(
        now: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (_ until: Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    private static func opening<C: Clock>(_ clock: C) -> EngineClock where C.Duration == Duration {
        let origin = clock.now
        return EngineClock(
            now: { origin.duration(to: clock.now) },
            sleep: { until in
                try await clock.sleep(until: origin.advanced(by: min(until, Self.latest)), tolerance: nil)
            }
        )
    }

    /// 100 years: `.seconds(.max)` is how people write "for ever", and the system's clocks trap on instants that far
    /// away. Who wakes early finds nothing due, and sleeps again.
    private static let latest = Duration.seconds(3_155_760_000)
}
