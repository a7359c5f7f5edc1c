/// How often each guard has refused or corrected something since its core was started.
package struct GuardTrips: Sendable, Hashable {
    private var counts = [UInt64](repeating: 0, count: Guards.names.count)

    package init() {}

    /// Of one guard.
    package subscript(guarded: Guards) -> UInt64 { self.counts[guarded.rawValue.trailingZeroBitCount] }

    /// Every guard's, by its name.
    package var byName: [String: UInt64] { Dictionary(uniqueKeysWithValues: zip(Guards.names, self.counts)) }

    mutating func count(_ guarded: Guards) { self.counts[guarded.rawValue.trailingZeroBitCount] += 1 }
}

extension Guards {
    /// The name of each, by its bit.
    package static let names = [
        "commit_clamp", "stale_reject", "compacted_prefix", "stale_term_reply", "late_votes", "pre_vote_term",
        "timer_clamp", "sole_voter_term", "double_install",
    ]
}
