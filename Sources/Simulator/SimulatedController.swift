import Consensus
import Leases

/// One simulated controller: the disk that outlives crashes, and the node while it runs.
///
/// A class because it owns a node, which cannot be copied; it never leaves the simulation's thread.
final class SimulatedController {
    /// A client's operation on its way to an entry, or in one.
    struct Waiting: QueuedPayload {
        var client: Int
        var operation: LeaseOperation
        /// How often a controller that does not lead has passed it on.
        var hops = 0
        /// Clients whose extensions of the same lease it stands for.
        var covered: [(client: Int, id: OperationID)] = []

        /// Clients that hear nothing ask again; what they asked before stays where it is.
        var isGone: Bool { false }

        func extendsSame(as other: Waiting) -> Bool { self.operation.extendsSame(as: other.operation) }
    }

    let index: Int
    let server: Server
    var clock: SimulatedClock
    var disk: MemoryLog
    var node: Node<LeaseMachine>?
    /// Counts starts: events meant for an earlier life are void.
    var life = 0

    // The disk
    var isDiskBusy = false
    /// Longest time one write takes, in milliseconds.
    var diskLatency: UInt64 = 2
    var diskFailure = 0
    /// The node was told of a failed write and is expected to halt.
    var isFailing = false

    // The node as last seen
    var timer: UInt64 = .max
    var commitIndex: LogIndex = 0
    var lastApplied: LogIndex = 0
    var ledTerm: Term = 0

    // The leader's work
    var operations = OperationQueue<Waiting>()
    var inFlight: [UInt64: [Waiting]] = [:]
    var nextTag: UInt64 = 0
    /// The lease clock while it serves.
    var leaseClock: ClockBase?
    var nextTick: UInt64 = 0
    /// It was asked to drain and stops as soon as leadership is handed over.
    var isStopping = false

    init(index: Int, server: Server, clock: SimulatedClock, disk: MemoryLog) {
        self.index = index
        self.server = server
        self.clock = clock
        self.disk = disk
    }

    var isUp: Bool { self.node != nil }
}
