/// The one source of chance of a simulation: the same seed gives the same run on every machine.
///
/// Its own arithmetic instead of the standard library's `random(in:using:)`, whose results may change with a release.
struct SplitMix64: Sendable {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 0x1234_5678_9abc_def1 }

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// A number below `bound`, which is at least 1.
    mutating func below(_ bound: Int) -> Int { Int(self.next() % UInt64(bound)) }

    /// A number of `range`.
    mutating func pick(_ range: ClosedRange<UInt64>) -> UInt64 {
        range.lowerBound + self.next() % (range.upperBound - range.lowerBound + 1)
    }

    /// True `permille` times in a thousand.
    mutating func chance(permille: Int) -> Bool { permille > 0 && self.below(1000) < permille }

    /// One of `choices`, which is not empty.
    mutating func choose<Choice>(_ choices: [Choice]) -> Choice { choices[self.below(choices.count)] }
}
