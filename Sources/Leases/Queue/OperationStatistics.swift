/// What the operation queue has done so far and what waits in it, for metrics: counters only grow.
package struct OperationStatistics: Sendable, Hashable {
    /// Why operations were turned away.
    package struct Refusals: Sendable, Hashable {
        /// The class had no room, in operations or bytes.
        package var full: UInt64 = 0
        /// It could not have been sealed in time.
        package var late: UInt64 = 0
        /// Its model holds its share of what waits already.
        package var unfair: UInt64 = 0
        /// Extensions alone are too many and this lease is not among those that are served.
        package var sacrificed: UInt64 = 0
        /// It had waited too long in a standing queue.
        package var sloughed: UInt64 = 0

        package init() {}
    }

    /// One class's part.
    package struct Class: Sendable, Hashable {
        /// Waiting just now.
        package var queued = 0
        /// Their bytes in a log entry.
        package var queuedBytes = 0
        package var admitted: UInt64 = 0
        package var sealed: UInt64 = 0
        /// Answered with another extension of the same lease; counted as sealed too.
        package var coalesced: UInt64 = 0
        package var refused = Refusals()
        /// Their deadline passed while they waited.
        package var expired: UInt64 = 0
        /// Their callers left while they waited.
        package var abandoned: UInt64 = 0
        /// How long those sealed had waited.
        package var sojourn = SojournHistogram()

        package init() {}
    }

    /// By `OperationClass.rawValue`.
    package var classes = [Class](repeating: Class(), count: OperationClass.allCases.count)
    /// Log entries filled.
    package var seals: UInt64 = 0
    /// How long the consumer takes for one entry, smoothed; zero until known.
    package var cycleSeconds: Double = 0

    package init() {}

    package subscript(_ class: OperationClass) -> Class {
        get { self.classes[`class`.rawValue] }
        set { self.classes[`class`.rawValue] = newValue }
    }
}
