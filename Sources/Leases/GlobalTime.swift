/// The replicated lease clock, in milliseconds since the cluster was made.
///
/// It moves only through committed entries, stands still without a leader, and never runs faster than real time, so a
/// lease lasts at least what was granted whatever happens to the machines' own clocks.
package struct GlobalTime: Hashable, Comparable, Sendable {
    package var milliseconds: UInt64

    package init(milliseconds: UInt64) { self.milliseconds = milliseconds }

    package static let zero = GlobalTime(milliseconds: 0)
    /// Later than every instant a lease can end at.
    package static let distantFuture = GlobalTime(milliseconds: .max)

    package static func < (left: GlobalTime, right: GlobalTime) -> Bool { left.milliseconds < right.milliseconds }

    /// The instant `milliseconds` later, saturating instead of wrapping.
    package func advanced(byMilliseconds milliseconds: UInt64) -> GlobalTime {
        let (sum, overflow) = self.milliseconds.addingReportingOverflow(milliseconds)
        return GlobalTime(milliseconds: overflow ? .max : sum)
    }

    /// Milliseconds from here to `later`, or 0 when `later` is not later.
    package func milliseconds(until later: GlobalTime) -> UInt64 {
        later.milliseconds > self.milliseconds ? later.milliseconds - self.milliseconds : 0
    }
}
