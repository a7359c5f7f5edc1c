import AgentResources
import Leases

/// Refuses at once what the leader has said it does not take just now, so that it costs the leader nothing.
///
/// Those refused are told to come back at different times. A few pass all the same: only their answers can tell that the
/// load is over.
enum AdmissionDoor {
    /// One in so many passes.
    static let share: UInt64 = 64
    /// What extensions are told: the time that claims are told may be longer than their leases last.
    private static let extendRetryAfter: UInt64 = 500

    /// Why `operation` may not pass now; `nil` when it may.
    ///
    /// - Parameter leaseEnds: when the lease that it extends ends, if that is known; asked only when it is refused.
    static func refusal(
        of operation: LeaseOperation,
        load: OperationLoad,
        now: Uptime,
        leaseEnds: () -> Uptime? = { nil }
    ) -> Refusal? {
        switch operation.command {
        case .revoke, .pin, .unpin, .resolve: return nil
        case .claim(let key, _, _):
            guard let retryAfter = load.claimRetryAfterMilliseconds, !key.isSingular else { return nil }
            return Self.refusal(of: operation.id, retryAfter: UInt64(retryAfter), now: now)
        case .extend(let key, _, _):
            guard Self.refusesExtension(of: key, load: load),
                var refusal = Self.refusal(of: operation.id, retryAfter: Self.extendRetryAfter, now: now)
            else { return nil }
            if let ends = leaseEnds() {
                let quarter = UInt64(max((ends - now).wholeMilliseconds / 4, 1))
                refusal.retryAfterMilliseconds = refusal.retryAfterMilliseconds.map { min($0, quarter) }
            }
            return refusal
        }
    }

    /// True while extensions of this lease are the ones sacrificed: always the same leases, but in a lull, when none is.
    static func refusesExtension(of key: LeaseKey, load: OperationLoad) -> Bool {
        load.extendLevel < 128 && !key.isSingular && key.sacrificeLevel >= load.extendLevel
    }

    /// True when nothing at all is refused, which is nearly always.
    static func isOpen(_ load: OperationLoad) -> Bool {
        load.claimRetryAfterMilliseconds == nil && load.extendLevel >= 128
    }

    private static func refusal(of id: OperationID, retryAfter: UInt64, now: Uptime) -> Refusal? {
        // By time too, so that an id that comes again is not always of the same fortune.
        let mixed = (id.low ^ UInt64(truncatingIfNeeded: now.wholeMilliseconds / 100)) &* 0x9E37_79B9_7F4A_7C15
        guard (mixed >> 32) % Self.share != 0 else { return nil }
        // Between one and two times as long as told.
        let spread = retryAfter * ((mixed >> 48) % 1024) / 1024
        return Refusal(.overloaded, retryAfterMilliseconds: retryAfter + spread)
    }
}
