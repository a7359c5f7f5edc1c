/// A time since the engine was made, in 8 bytes instead of 16, for records that are kept by the thousand.
///
/// Counts in 2^30 attoseconds, which is 1.07 ns: a shift where nanoseconds would take a 128-bit division.
struct Moment: Sendable, Hashable, Comparable {
    private var ticks: Int64

    init(_ duration: Duration) {
        self.ticks = Int64(truncatingIfNeeded: duration.attoseconds >> 30)
    }

    var sinceStart: Duration { Duration(attoseconds: Int128(self.ticks) << 30) }

    func duration(since earlier: Moment) -> Duration {
        Duration(attoseconds: Int128(self.ticks - earlier.ticks) << 30)
    }

    /// Before any time of an engine.
    static let never = Moment(.nanoseconds(-1))
    var isNever: Bool { self.ticks < 0 }

    static func < (left: Moment, right: Moment) -> Bool { left.ticks < right.ticks }
}

extension Duration {
    /// In milliseconds, to the microsecond: what answers show.
    var roundedMilliseconds: Double {
        let (seconds, attoseconds) = self.components
        let microseconds = (attoseconds + 500_000_000_000) / 1_000_000_000_000
        return Double(seconds) * 1000 + Double(microseconds) / 1000
    }
}
