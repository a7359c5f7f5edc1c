import Leases
import NIOConcurrencyHelpers
import Synchronization

/// This controller's copy of the leases: changed by Raft's loop as it applies entries, read by anyone. Thread-safe.
///
/// One lock instead of a turn on Raft's loop for every read: a reader waits for one entry at most, and costs no hop.
final class LeaseReplica: Sendable {
    private let state = NIOLockedValueBox(LeaseState())
    private let milliseconds = Atomic<UInt64>(0)

    /// The state's global time, without the lock.
    var globalTime: GlobalTime { GlobalTime(milliseconds: self.milliseconds.load(ordering: .acquiring)) }

    func read<Value>(_ body: (borrowing LeaseState) throws -> Value) rethrows -> Value {
        try self.state.withLockedValue { try body($0) }
    }

    func apply(_ batch: LeaseBatch) -> (results: [OperationResult], events: [LeaseEvent]) {
        self.state.withLockedValue { state in
            let applied = state.apply(batch)
            self.milliseconds.store(state.globalTime.milliseconds, ordering: .releasing)
            return applied
        }
    }

    func replace(with state: LeaseState) {
        // What goes is freed by whoever called, after the lock.
        _ = self.state.withLockedValue { old in
            defer { old = state }
            self.milliseconds.store(state.globalTime.milliseconds, ordering: .releasing)
            return old
        }
    }
}
