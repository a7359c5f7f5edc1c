import Glibc

/// A moment on the clock that counts on while the machine sleeps, in whole nanoseconds: small enough to keep one for each
/// of very many contenders, and cheap to compare.
struct Instant: Sendable, Hashable, Comparable {
    var nanoseconds: Int64

    static var now: Instant {
        var time = timespec()
        // Cannot fail: the clock exists on every Linux this runs on.
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

    static func + (left: Instant, right: TimeSpan) -> Instant {
        Instant(nanoseconds: left.nanoseconds + right.nanoseconds)
    }

    static func - (left: Instant, right: TimeSpan) -> Instant {
        Instant(nanoseconds: left.nanoseconds - right.nanoseconds)
    }

    static func - (left: Instant, right: Instant) -> TimeSpan {
        TimeSpan(nanoseconds: left.nanoseconds - right.nanoseconds)
    }

    static func += (left: inout Instant, right: TimeSpan) { left.nanoseconds += right.nanoseconds }
}
