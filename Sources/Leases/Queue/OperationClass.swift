/// What an operation is worth when not all can be served, best first.
@usableFromInline package enum OperationClass: Int, Hashable, Comparable, CaseIterable, Sendable {
    /// The clock and what consensus itself needs: never refused.
    case `internal`
    /// The controllers' own leases, revokes and pins.
    case critical
    /// Extensions: a lost one makes new claims, so they come before claims.
    case extend
    /// Claims: the first to be refused.
    case claim
    /// Linearizable reads: they ride along with whatever is sealed and cost the log nothing.
    case read

    @inlinable package static func < (left: OperationClass, right: OperationClass) -> Bool {
        left.rawValue < right.rawValue
    }
}
