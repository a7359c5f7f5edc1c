/// One machine's boot-time clock: it starts anywhere and runs a little too fast or too slow.
struct SimulatedClock: Sendable {
    private let offset: UInt64
    /// Deviation of the rate in millionths; two machines within 5,000 of true time are within 1 % of each other.
    private let rate: Int64

    init(random: inout SplitMix64) {
        self.offset = random.pick(0...10_000_000)
        self.rate = Int64(random.pick(0...9_900)) - 4_950
    }

    /// What it shows at the true instant `time`, in milliseconds.
    func reading(at time: UInt64) -> UInt64 {
        UInt64(Int64(self.offset + time) + Int64(time) * self.rate / 1_000_000)
    }

    /// The first true instant at which it shows `reading` or more.
    func time(of reading: UInt64) -> UInt64 {
        guard reading > self.offset else { return 0 }
        let distance = Int64(reading - self.offset)
        var time = UInt64(max(0, distance - 1 - distance * self.rate / (1_000_000 + self.rate)))
        while self.reading(at: time) < reading { time += 1 }
        return time
    }
}
