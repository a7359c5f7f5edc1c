import AgentResources

/// How much goes into one entry around a snapshot: little, while entries are dear.
///
/// The first entries after a state was copied also copy what they change of it, and the encoding takes a core's time. A
/// large entry would hold every reader up; small ones cost a few turns more for as long as it takes.
struct SnapshotPace {
    /// Operations in one entry at most while a snapshot is encoded: only a larger setting than the usual one is cut. With
    /// 512 a cluster whose cores were full fell behind for as long as the encoder did, and lost leases.
    static let operations = 4_096

    private var begun: Uptime?
    /// Followers copy at the same entry and may be slower.
    private var smallUntil: Uptime?

    /// The state was copied.
    mutating func begin(now: Uptime) { self.begun = now }

    /// The copy is encoded. Entries stay small for as long again.
    mutating func end(now: Uptime) {
        guard let begun = self.begun else { return }
        self.begun = nil
        self.smallUntil = now + (now - begun)
    }

    /// How many operations an entry may hold now, when it may hold `limit` otherwise.
    func operations(limit: Int, now: Uptime) -> Int {
        let isSmall = self.begun != nil || self.smallUntil.map { now < $0 } ?? false
        return isSmall ? min(limit, Self.operations) : limit
    }
}
