/// Makes the reply to a message of an older term acknowledge nothing.
///
/// The core leaves the reply's last index unset there, so whatever the stack held travels. Had its receiver meanwhile won
/// the term the reply carries, it would count entries as stored that are not: a false commit.
enum StaleTermReply {
    /// Whether there was something to correct.
    static func correct(_ outgoing: inout [RaftCoreUpdate.Outgoing]) -> Bool {
        var isCorrected = false
        for position in outgoing.indices {
            guard case .appendEntriesResult(var result) = outgoing[position].message else { continue }
            if result.lastIndex != 0 { isCorrected = true }
            result.lastIndex = 0
            outgoing[position].message = .appendEntriesResult(result)
        }
        return isCorrected
    }
}
