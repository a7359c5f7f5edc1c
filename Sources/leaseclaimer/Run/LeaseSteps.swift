/// When which leases are added: all at once, or in steps as Juju's experiments did.
struct LeaseSteps: Sendable, Hashable {
    /// How many leases there are from each step on; rising.
    var totals: [Int]
    /// Between two steps.
    var time: TimeSpan

    /// How long after the start a lease is first claimed.
    func delay(of lease: Int) -> TimeSpan {
        self.time * (self.totals.firstIndex { lease < $0 } ?? max(self.totals.count - 1, 0))
    }
}
