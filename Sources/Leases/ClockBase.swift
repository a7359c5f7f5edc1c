/// Where a leader's lease clock starts: at the newest committed global time, when it begins to serve; from there it runs
/// with the leader's own clock.
///
/// So global time stands still while nobody leads, and never runs faster than real time: no lease ends early.
package struct ClockBase: Hashable, Sendable {
    private let globalTime: GlobalTime
    private let began: Duration

    /// - Parameters:
    ///   - globalTime: the machine's time as the leader begins to serve, everything committed before being applied.
    ///   - now: the leader's own clock then, which counts from anywhere and never goes back.
    package init(globalTime: GlobalTime, now: Duration) {
        self.globalTime = globalTime
        self.began = now
    }

    /// What a batch sealed at `now`, on the same clock, says the time is; in whole milliseconds, rounded down.
    package func globalTime(at now: Duration) -> GlobalTime {
        let (seconds, attoseconds) = max(.zero, now - self.began).components
        let passed = UInt64(seconds) * 1_000 + UInt64(attoseconds / 1_000_000_000_000_000)
        return self.globalTime.advanced(byMilliseconds: passed)
    }
}
