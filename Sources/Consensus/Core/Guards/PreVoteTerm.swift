/// Tells a candidate whose pre-vote is refused that its term is old.
///
/// The core answers with the asker's own term. A node with the longest log and an old term would then never learn the
/// newer term, and nobody could be elected without it: a cluster without a leader for good.
enum PreVoteTerm {
    /// Whether there was something to correct.
    static func correct(_ outgoing: inout [RaftCoreUpdate.Outgoing], ownTerm: Term) -> Bool {
        var isCorrected = false
        for position in outgoing.indices {
            guard case .requestVoteResult(var result) = outgoing[position].message,
                result.preVote, !result.voteGranted, result.term < ownTerm
            else { continue }
            result.term = ownTerm
            outgoing[position].message = .requestVoteResult(result)
            isCorrected = true
        }
        return isCorrected
    }
}
