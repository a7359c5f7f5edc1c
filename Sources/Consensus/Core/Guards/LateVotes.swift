/// Drops answers to a vote that is over.
///
/// Whether a pre-vote is under way is noted in memory that followers and leaders use for something else; the core reads
/// it before it looks at its role. A late answer could then raise the term for no reason.
enum LateVotes {
    static func isLate(role: Role) -> Bool { role != .candidate }
}
