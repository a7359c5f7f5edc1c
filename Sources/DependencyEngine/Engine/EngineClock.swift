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
            sleep: { until in try await clock.sleep(until: origin.advanced(by: until), tolerance: nil) }
        )
    }
}
