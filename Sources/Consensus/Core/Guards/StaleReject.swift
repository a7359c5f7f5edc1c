/// Drops a rejection of something its sender has acknowledged since.
///
/// A leader that probes takes any rejection of the entry before the next one at its word, also a delayed one from before
/// the follower acknowledged that entry. Next would then fall to or below match, which the core rules out elsewhere.
enum StaleReject {
    /// Only in the leader's own term: a newer term must be learnt, whatever else the message says.
    static func isStale(_ result: AppendEntriesResult, match: LogIndex?, ownTerm: Term) -> Bool {
        guard let match, result.term == ownTerm else { return false }
        return result.rejected > 0 && result.rejected <= match
    }
}
