/// A held lease as the replicated state sees it.
package struct Lease: Hashable, Sendable {
    package var holder: String
    package var token: FencingToken
    /// The last instant of the promised time; the lease may end only when global time is later.
    package var end: GlobalTime
    /// What is left of the promised time, in milliseconds of global time; 0 for a pinned lease that is overdue.
    package var remainingMilliseconds: UInt64
    /// True while somebody's pin keeps it from expiring.
    package var isPinned: Bool
    /// True when an operator's revoke waits for the promised time to pass.
    package var isRevoking: Bool

    package init(
        holder: String,
        token: FencingToken,
        end: GlobalTime,
        remainingMilliseconds: UInt64,
        isPinned: Bool,
        isRevoking: Bool
    ) {
        self.holder = holder
        self.token = token
        self.end = end
        self.remainingMilliseconds = remainingMilliseconds
        self.isPinned = isPinned
        self.isRevoking = isRevoking
    }

    /// What the holder, or a claimant who met it, is told.
    package var grant: Grant {
        Grant(holder: self.holder, token: self.token, remainingMilliseconds: self.remainingMilliseconds)
    }
}
