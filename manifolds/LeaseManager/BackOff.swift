/// Growing pauses between attempts: 50 ms, then 1.6 times longer each up to a second, each spread over its upper half.
///
/// Spread, so that all who lost the same leader do not come back as one.
struct BackOff {
    private var delay = Duration.milliseconds(50)

    mutating func next() -> Duration {
        defer { self.delay = min(self.delay * 1.6, .seconds(1)) }
        return self.delay * Double.random(in: 0.5...1)
    }
}
