/// What the leader's queue can take just now; travels back with answers, so that others refuse early.
package struct OperationLoad: Sendable, Hashable {
    /// When claims may come again; `nil` while they are taken.
    package var claimRetryAfterMilliseconds: UInt32?
    /// 128 while all extensions are taken; otherwise only those whose stable hash is below it are.
    package var extendLevel: UInt8
    /// How much longer grants last than asked for, in percent; 100 is not at all.
    package var stretchPercent: UInt16

    package init(claimRetryAfterMilliseconds: UInt32? = nil, extendLevel: UInt8 = 128, stretchPercent: UInt16 = 100) {
        self.claimRetryAfterMilliseconds = claimRetryAfterMilliseconds
        self.extendLevel = extendLevel
        self.stretchPercent = stretchPercent
    }
}
