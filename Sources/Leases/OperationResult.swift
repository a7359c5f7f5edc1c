/// A lease as its holder may know it.
package struct Grant: Hashable, Sendable {
    package var holder: String
    package var token: FencingToken
    /// What is left of the promised time, in milliseconds of global time.
    package var remainingMilliseconds: UInt64

    package init(holder: String, token: FencingToken, remainingMilliseconds: UInt64) {
        self.holder = holder
        self.token = token
        self.remainingMilliseconds = remainingMilliseconds
    }
}

/// What the replicated state decided about one operation; the same on every replica.
package enum OperationResult: Hashable, Sendable {
    /// The holder has the lease for at least the remaining time.
    case granted(Grant)
    /// Another has it.
    case held(by: Grant)
    /// The lease is not held by the one who asked to extend or revoke it.
    case notHeld
    /// A revoke took effect at once.
    case revoked
    /// An operator's revoke waits for the promised time to pass.
    case revoking(remainingMilliseconds: UInt64)
    /// A pin or unpin took effect.
    case pinned(Bool)
    /// Nothing was applied under this id, and nothing will be: its `notAfter` had passed, or somebody who asked what
    /// became of it was told so.
    case expired
    /// The command breaks a rule every replica checks, for example too short a duration; the text says which.
    case invalid(String)
    /// The state has no room for what was asked, the text says for what. Nothing was applied and nothing will be under
    /// this id; worth trying again later under another.
    case refused(String)
    /// What became of the operation asked about; also the answer to a try that came too late to say.
    case resolved(Resolution)
}

/// What became of an operation.
package indirect enum Resolution: Hashable, Sendable {
    /// It was applied, with this result and the time that is left now. Of a grant that is not current any more neither
    /// the holder's name nor any time is left.
    case applied(OperationResult)
    /// It was not applied and will not be.
    case never
    /// Nobody knows any more: its `notAfter` has passed for longer than results are remembered.
    case forgotten
}
