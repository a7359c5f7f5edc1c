/// What an open loop offers.
struct OpenPlan: Sendable {
    /// Of one loop.
    var schedule: RateSchedule
    var spacing: Arrivals.Spacing
    var mix: OperationMix
    /// Held and extended in turn; of one loop.
    var leases: Int
    /// In the controllers' own namespace, claimed by one holder again and again; of one loop.
    var criticals: Int
    var claimTime: TimeSpan
    /// For how long fresh leases are claimed.
    var freshTime: TimeSpan
    /// Operations a call.
    var bulk: Int
    /// Operations without an answer, at most; of one loop.
    var outstanding: Int
    var timeout: TimeSpan
    /// This loop's number, and how many there are.
    var loop: Int
    var loops: Int
}
