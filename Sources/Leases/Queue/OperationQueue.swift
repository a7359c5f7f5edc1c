import DequeModule
import HeapModule

/// Operations on their way to the log: bounded, ordered by class, and gone when their deadline passes.
///
/// A pure value: `now` is always an argument. Claims are refused before extensions, extensions before critical
/// operations, internal ones never: whatever refuses a better class refuses the worse ones too.
package struct OperationQueue<Payload: Sendable>: Sendable {
    struct Item: Sendable {
        var payload: Payload
        var `class`: OperationClass
        var bytes: Int
        var deadline: Duration
    }

    /// One item's deadline; the sequence number breaks ties in order of arrival.
    struct Due: Comparable, Sendable {
        var deadline: Duration
        var sequence: UInt64

        static func < (left: Due, right: Due) -> Bool {
            (left.deadline, left.sequence) < (right.deadline, right.sequence)
        }
    }

    /// How many operations and bytes may wait.
    package struct Bounds: Hashable, Sendable {
        package var critical = 1_024
        package var extend = 65_536
        package var claim = 2_048
        package var read = 4_096
        /// Bytes of everything that waits; claims may fill half of it, extensions seven eighths.
        package var bytes = 16 << 20

        package init() {}
    }

    /// Whether an operation was taken.
    package enum Admission: Hashable, Sendable {
        case accepted
        /// It is in no queue and no log; worth trying again after this long.
        case refused(retryAfterMilliseconds: UInt64)
    }

    /// What goes into one log entry, and what came too late for any.
    package struct Sealed: Sendable {
        /// Best class first, each class in order of arrival; reads come last and do not count against the limits.
        package var items: [Payload] = []
        /// Earliest deadline first; never handed out before, so certainly in no log.
        package var expired: [Payload] = []
    }

    package let bounds: Bounds
    var items: [UInt64: Item] = [:]
    /// Sequence numbers in order of arrival, one deque a class; numbers without an item are dead and skipped.
    var arrivals: [Deque<UInt64>] = Array(repeating: [], count: OperationClass.allCases.count)
    var counts: [Int] = Array(repeating: 0, count: OperationClass.allCases.count)
    var deadlines = Heap<Due>()
    var drain = DrainRate()
    var nextSequence: UInt64 = 0
    /// Bytes of everything that waits.
    package internal(set) var bytes = 0

    package init(bounds: Bounds = Bounds()) { self.bounds = bounds }

    package var isEmpty: Bool { self.items.isEmpty }
    package var count: Int { self.items.count }
    package func count(of class: OperationClass) -> Int { self.counts[`class`.rawValue] }

    /// When the next item must be answered, if anything waits.
    package var nextDeadline: Duration? { self.deadlines.min?.deadline }
}
