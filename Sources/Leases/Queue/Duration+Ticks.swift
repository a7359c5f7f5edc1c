/// Time inside the queue: units of 2^30 attoseconds, about a nanosecond, so that a comparison is one of words and the way
/// from a `Duration` is a shift.
extension Duration {
    /// Rounded down; saturates after three centuries.
    var ticks: Int64 { Int64(clamping: self.attoseconds >> 30) }

    init(ticks: Int64) { self.init(attoseconds: Int128(ticks) << 30) }
}

extension Int64 {
    /// The ticks of a constant.
    static func ticks(_ duration: Duration) -> Int64 { duration.ticks }

    /// Ticks as seconds.
    var tickSeconds: Double { Double(self) * 1.073_741_824e-9 }

    /// Ticks as milliseconds.
    var tickMilliseconds: Double { Double(self) * 1.073_741_824e-6 }
}
