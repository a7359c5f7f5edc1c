package import Leases

/// What Raft did on this controller since its worker started, and where it stands.
package struct RaftStatistics: Sendable, Hashable {
    /// Where it stands.
    package var status: RaftStatus
    /// Entries sealed here as leader, and what was in them.
    package var sealedEntries: UInt64 = 0
    package var sealedOperations: UInt64 = 0
    package var sealedReads: UInt64 = 0
    package var sealedBytes: UInt64 = 0
    /// Operations and reads of each entry sealed here.
    package var batchSizes = FixedHistogram(bounds: FixedHistogram.batches)
    /// From sealing to having applied, of entries sealed here, in seconds.
    package var commitTimes = FixedHistogram(bounds: FixedHistogram.seconds)
    /// What the disk took for one durable write of entries, in seconds.
    package var appendTimes = FixedHistogram(bounds: FixedHistogram.seconds)
    /// What the disk took for one durable write of a term and vote, in seconds.
    package var voteTimes = FixedHistogram(bounds: FixedHistogram.seconds)
    /// Snapshots taken here, and how long the last took to be encoded, in seconds, and its size.
    package var snapshots: UInt64 = 0
    package var snapshotSeconds: Double = 0
    package var snapshotBytes = 0
    /// The longest that applying one entry took while the last snapshot was written, in seconds, and while any was.
    package var snapshotPauseSeconds: Double = 0
    package var worstSnapshotPauseSeconds: Double = 0
    /// How far the replicated time is behind: on a serving leader behind its own clock, elsewhere since it last moved.
    package var clockLagSeconds: Double = 0
    /// The furthest it was behind as an entry of this serving leader's was applied.
    package var worstClockLagSeconds: Double = 0
    /// Entries sealed only to let time pass.
    package var ticks: UInt64 = 0
    /// How often another leader, or another term of the same one, became known here.
    package var leaderChanges: UInt64 = 0
    /// Events the consensus core refused, having changed nothing.
    package var refusedEvents: UInt64 = 0
    /// How often each guard of the consensus core refused or corrected something, by the guard's name.
    package var guardTrips: [String: UInt64] = [:]
    /// What entries applied here brought about.
    package var grants = NamespaceCounts()
    package var expiries = NamespaceCounts()
    package var revokes = NamespaceCounts()
    /// What leases had left as they were extended by entries applied here.
    package var extensionSlack = ExtensionSlack()
    /// What the replica holds now.
    package var heldLeases = NamespaceCounts()
    package var pins = 0
    package var rememberedResults = 0
    /// Seconds since each peer was last heard, by its id; peers never heard are left out.
    package var peerSilence: [UInt64: Double] = [:]

    package init(status: RaftStatus) { self.status = status }
}
