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
    /// Its `notAfter` had passed, so this try was not applied and no later one will be.
    ///
    /// An earlier try of the same id may have been: its result is forgotten once `notAfter` is over.
    case expired
    /// The command breaks a rule every replica checks, for example too short a duration; the text says which.
    case invalid(String)
}
