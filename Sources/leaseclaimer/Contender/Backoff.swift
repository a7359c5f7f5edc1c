/// Growing pauses between attempts, each shortened by chance so that contenders do not come back together.
struct Backoff: Sendable {
    private(set) var failures = 0
    private var random: SplitMix64
    private let first = TimeSpan.milliseconds(40)
    private let cap = TimeSpan.milliseconds(1_000)

    init(seed: UInt64) { self.random = SplitMix64(seed: seed) }

    /// The pause after one more failure: between half of it and all of it.
    mutating func pause() -> TimeSpan {
        let full = min(self.first * (1 << min(self.failures, 10)), self.cap)
        self.failures += 1
        return full * Double.random(in: 0.5...1, using: &self.random)
    }

    /// Something succeeded.
    mutating func reset() { self.failures = 0 }
}

/// A small generator, so that a contender's choices follow from its seed.
struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
