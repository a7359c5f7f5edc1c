extension RestartPolicy {
    /// The delay after the `failures`th failure in a row, `random` being uniform in 0...1.
    ///
    /// Jitter comes before the cap, so that the cap is a promise; computed in seconds as `Double`, which saturates
    /// where an integer would overflow and restart with no delay.
    func delay(failures: Int, random: Double) -> Duration {
        if failures > self.budget { return self.maximumDelay }
        var seconds = self.firstDelay.inSeconds
        let cap = self.maximumDelay.inSeconds
        for _ in 1..<max(failures, 1) where seconds < 2 * cap { seconds *= max(self.factor, 1) }
        seconds *= 1 + min(max(self.jitter, 0), 1) * (2 * random - 1)
        guard seconds < cap else { return self.maximumDelay }
        guard seconds < 1_000_000_000 else { return .seconds(seconds) }
        return .nanoseconds(Int64(max(seconds, 0) * 1_000_000_000))
    }

    /// A delay somebody asked for, jitter only making it longer: whoever asked does not want to be called sooner, nor by
    /// everyone in the same instant.
    func delay(asked: Duration, random: Double) -> Duration {
        let asked = min(max(asked, .zero), Self.longestAsked)
        return asked + asked * (min(max(self.jitter, 0), 1) * random)
    }

    /// 100 years, so that sums of times stay far from overflow whatever a server said.
    private static let longestAsked = Duration.seconds(3_155_760_000)
}

extension Duration {
    var inSeconds: Double {
        let (seconds, attoseconds) = self.components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    var inMilliseconds: Int {
        let (seconds, attoseconds) = self.components
        let (whole, overflows) = Int(clamping: seconds).multipliedReportingOverflow(by: 1000)
        if overflows { return seconds < 0 ? .min : .max }
        let (sum, isTooMuch) = whole.addingReportingOverflow(Int(attoseconds / 1_000_000_000_000_000))
        return isTooMuch ? whole : sum
    }
}

/// A small seeded generator (SplitMix64), so that a run repeats.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Uniform in 0..<1.
    mutating func nextUnit() -> Double {
        Double(self.next() >> 11) * 0x1p-53
    }
}
