import NIOConcurrencyHelpers

/// A lease while this process holds it and keeps it renewed. Thread-safe.
public final class HeldLease: Sendable {
    private struct State: Sendable {
        var safeUntil: ContinuousClock.Instant
        var isLost = false
    }

    /// The lease.
    public let lease: Lease
    /// For whom it is held.
    public let holder: String
    /// The fencing token: pass it along with whatever the lease protects, and refuse smaller ones there.
    public let token: UInt64
    private let state: NIOLockedValueBox<State>

    init(lease: Lease, holder: String, token: UInt64, safeUntil: ContinuousClock.Instant) {
        self.lease = lease
        self.holder = holder
        self.token = token
        self.state = NIOLockedValueBox(State(safeUntil: safeUntil))
    }

    /// Until when the holder may act, as far as the last renewal goes; moves on with every renewal.
    public var safeUntil: ContinuousClock.Instant { self.state.withLockedValue { $0.safeUntil } }

    /// Whether the holder may act at this moment. Only the token protects a deed that takes effect later.
    public var isSafe: Bool { self.state.withLockedValue { !$0.isLost && ContinuousClock.now < $0.safeUntil } }

    /// A renewal was granted; an older one than the last does not shorten it.
    func renewed(safeUntil: ContinuousClock.Instant) {
        self.state.withLockedValue { $0.safeUntil = max($0.safeUntil, safeUntil) }
    }

    /// The lease is or may be somebody else's.
    func lose() { self.state.withLockedValue { $0.isLost = true } }
}
