import AgentResources

/// Growing pauses between tries: 50 ms, then 1.6 times longer each up to a second, each spread over its upper half.
///
/// Spread, so that all who lost the same leader do not come back as one.
struct BackOff: Sendable {
    private var delay = Duration.milliseconds(50)

    /// - Parameter spread: where in the upper half, from 0 to 1.
    mutating func next(spread: Double) -> Duration {
        defer { self.delay = min(self.delay * 1.6, .seconds(1)) }
        return self.delay * (0.5 + spread / 2)
    }
}
