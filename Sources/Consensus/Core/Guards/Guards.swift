/// The protections around the consensus core, each against one weakness of it.
///
/// All are always on in a controller. A test turns one off to see the harm it prevents.
package struct Guards: OptionSet, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The commit index never goes back (`CommitClamp`).
    package static let commitClamp = Guards(rawValue: 1 << 0)
    /// A leader ignores a rejection of what its sender has already acknowledged (`StaleReject`).
    package static let staleReject = Guards(rawValue: 1 << 1)
    /// Entries that a snapshot covers are not appended again (`CompactedPrefix`).
    package static let compactedPrefix = Guards(rawValue: 1 << 2)
    /// The reply to a message of an old term acknowledges nothing (`StaleTermReply`).
    package static let staleTermReply = Guards(rawValue: 1 << 3)
    /// Only a candidate counts votes (`LateVotes`).
    package static let lateVotes = Guards(rawValue: 1 << 4)
    /// A refused pre-vote tells the newer term (`PreVoteTerm`).
    package static let preVoteTerm = Guards(rawValue: 1 << 5)
    /// A leader's timer runs once a heartbeat, not more often (`TimerClamp`).
    package static let timerClamp = Guards(rawValue: 1 << 6)
    /// A sole voter leads in a new term after every start (`SoleVoterTerm`).
    package static let soleVoterTerm = Guards(rawValue: 1 << 7)
    /// A second snapshot during an install is dropped without a leak (`DoubleInstall`).
    package static let doubleInstall = Guards(rawValue: 1 << 8)

    package static let all: Guards = [
        .commitClamp, .staleReject, .compactedPrefix, .staleTermReply, .lateVotes, .preVoteTerm, .timerClamp,
        .soleVoterTerm, .doubleInstall,
    ]
}
