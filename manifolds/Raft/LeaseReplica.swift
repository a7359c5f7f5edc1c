import AgentResources
import Leases
import NIOConcurrencyHelpers
import Synchronization

/// This controller's copy of the leases: changed by Raft's loop as it applies entries, read by anyone. Thread-safe.
///
/// One lock instead of a turn on Raft's loop for every read: a reader waits for one entry at most, and costs no hop.
final class LeaseReplica: Sendable {
    private let state = NIOLockedValueBox(LeaseState())
    private let milliseconds = Atomic<UInt64>(0)
    /// The longest that applying an entry has taken since it was asked to be measured, in nanoseconds.
    private let longest = Atomic<Int64>(LeaseReplica.unmeasured)
    private static let unmeasured: Int64 = -1

    /// The state's global time, without the lock.
    var globalTime: GlobalTime { GlobalTime(milliseconds: self.milliseconds.load(ordering: .acquiring)) }

    func read<Value>(_ body: (borrowing LeaseState) throws -> Value) rethrows -> Value {
        try self.state.withLockedValue { try body($0) }
    }

    /// Measures how long entries take from here on; on Raft's loop, as `apply`.
    func beginMeasuring() { self.longest.store(0, ordering: .relaxed) }

    /// The longest that applying an entry took since `beginMeasuring`; on Raft's loop.
    func endMeasuring() -> Duration {
        .nanoseconds(max(self.longest.exchange(Self.unmeasured, ordering: .relaxed), 0))
    }

    /// Applies an entry; see `LeaseState.apply`.
    func apply(
        _ entry: [UInt8],
        answering: Bool = true
    ) throws(LeaseCodecError) -> (results: [OperationResult], events: [LeaseEvent]) {
        let longest = self.longest.load(ordering: .relaxed)
        guard longest != Self.unmeasured else { return try self.applyNow(entry, answering) }
        let begun = Uptime.sinceBoot()
        let applied = try self.applyNow(entry, answering)
        let (seconds, attoseconds) = (Uptime.sinceBoot() - begun).components
        self.longest.store(max(longest, seconds * 1_000_000_000 + attoseconds / 1_000_000_000), ordering: .relaxed)
        return applied
    }

    private func applyNow(
        _ entry: [UInt8],
        _ answering: Bool
    ) throws(LeaseCodecError) -> (results: [OperationResult], events: [LeaseEvent]) {
        // Readers wait while it is applied, and not while it is read.
        try EncodedBatch.read(entry) { batch in
            self.state.withLockedValue { state in
                let applied = state.apply(batch, answering: answering)
                self.milliseconds.store(state.globalTime.milliseconds, ordering: .releasing)
                return applied
            }
        }
    }

    func replace(with state: LeaseState) {
        // What goes is freed by whoever called, after the lock.
        _ = self.state.withLockedValue { old in
            var state = state
            state.continueCounting(from: old)
            defer { old = state }
            self.milliseconds.store(state.globalTime.milliseconds, ordering: .releasing)
            return old
        }
    }
}
