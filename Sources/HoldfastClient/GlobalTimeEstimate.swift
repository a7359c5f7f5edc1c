import NIOConcurrencyHelpers

/// What the cluster's global time may be now: what a controller last told, and what this machine's clock counted since.
///
/// Global time stands still while nobody leads, so an old estimate may be far ahead. Thread-safe.
final class GlobalTimeEstimate: Sendable {
    /// An estimate older than this is refreshed before anything is chosen by it.
    static let freshness = Duration.seconds(30)

    private let last = NIOLockedValueBox<(told: Int64, at: ContinuousClock.Instant)?>(nil)

    /// Notes what a controller has just told.
    func told(_ milliseconds: Int64, at instant: ContinuousClock.Instant = .now) {
        guard milliseconds >= 0 else { return }
        self.last.withLockedValue { $0 = (milliseconds, instant) }
    }

    /// The estimate in milliseconds, `nil` when none was ever told.
    func milliseconds(at now: ContinuousClock.Instant = .now) -> Int64? {
        self.last.withLockedValue { $0 }.map { last in
            let elapsed = (now - last.at).milliseconds(in: 0...(.max))
            let (sum, overflow) = last.told.addingReportingOverflow(elapsed)
            return overflow ? .max : sum
        }
    }

    /// Whether there is an estimate that has not been confirmed for long.
    func isStale(at now: ContinuousClock.Instant = .now) -> Bool {
        self.last.withLockedValue { $0 }.map { now - $0.at > Self.freshness } ?? false
    }
}
