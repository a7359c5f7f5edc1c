/// A length of time in whole nanoseconds. The standard one counts attoseconds in 128 bits, whose divisions were a tenth of
/// what this program did.
struct TimeSpan: Sendable, Hashable, Comparable, AdditiveArithmetic {
    var nanoseconds: Int64

    static let zero = TimeSpan(nanoseconds: 0)

    static func nanoseconds(_ count: some BinaryInteger) -> TimeSpan { TimeSpan(nanoseconds: Int64(count)) }
    static func microseconds(_ count: some BinaryInteger) -> TimeSpan { TimeSpan(nanoseconds: Int64(count) * 1_000) }
    static func milliseconds(_ count: some BinaryInteger) -> TimeSpan {
        TimeSpan(nanoseconds: Int64(count) * 1_000_000)
    }
    static func seconds(_ count: some BinaryInteger) -> TimeSpan { TimeSpan(nanoseconds: Int64(count) * 1_000_000_000) }

    static func < (left: TimeSpan, right: TimeSpan) -> Bool { left.nanoseconds < right.nanoseconds }
    static func + (left: TimeSpan, right: TimeSpan) -> TimeSpan {
        TimeSpan(nanoseconds: left.nanoseconds + right.nanoseconds)
    }
    static func - (left: TimeSpan, right: TimeSpan) -> TimeSpan {
        TimeSpan(nanoseconds: left.nanoseconds - right.nanoseconds)
    }
    static func * (left: TimeSpan, right: some BinaryInteger) -> TimeSpan {
        TimeSpan(nanoseconds: left.nanoseconds * Int64(right))
    }
    static func * (left: TimeSpan, right: Double) -> TimeSpan {
        TimeSpan(nanoseconds: Int64((Double(left.nanoseconds) * right).rounded()))
    }
    static func / (left: TimeSpan, right: some BinaryInteger) -> TimeSpan {
        TimeSpan(nanoseconds: left.nanoseconds / Int64(right))
    }
    static func / (left: TimeSpan, right: TimeSpan) -> Double { Double(left.nanoseconds) / Double(right.nanoseconds) }

    /// Rounded down.
    var wholeMilliseconds: Int64 { self.nanoseconds / 1_000_000 }

    var inSeconds: Double { Double(self.nanoseconds) / 1e9 }

    /// As the standard library has it.
    var duration: Duration { .nanoseconds(self.nanoseconds) }
}
