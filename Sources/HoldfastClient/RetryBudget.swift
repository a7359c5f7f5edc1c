import NIOConcurrencyHelpers

/// How many retries a client may still send: one for ten calls, and one a second, saved up to a few.
///
/// When most calls fail, retries would otherwise multiply the load that makes them fail. A client that seldom calls has
/// enough to get over a change of leader. Thread-safe.
final class RetryBudget: Sendable {
    private struct State: Sendable {
        var tokens = RetryBudget.most
        var filled: ContinuousClock.Instant?
    }

    private static let most = 20.0
    private static let aCall = 0.1
    private static let aSecond = 1.0

    private let state = NIOLockedValueBox(State())

    /// A call is sent for the first time.
    func called() {
        self.state.withLockedValue { $0.tokens = min(Self.most, $0.tokens + Self.aCall) }
    }

    /// True when one more retry may be sent now; it is counted.
    func spend(now: ContinuousClock.Instant = .now) -> Bool {
        self.state.withLockedValue { state in
            if let filled = state.filled {
                let seconds = Double((now - filled).milliseconds(in: 0...86_400_000)) / 1_000
                state.tokens = min(Self.most, state.tokens + seconds * Self.aSecond)
            }
            state.filled = now
            guard state.tokens >= 1 else { return false }
            state.tokens -= 1
            return true
        }
    }
}
