/// What every contender of a run does, and how patient it is.
struct ContenderPlan: Sendable, Hashable {
    /// For how long a lease is claimed and extended.
    var claimTime: TimeSpan
    /// How often a holder extends.
    var renewTime: TimeSpan
    /// Gives the lease back when the run ends.
    var revokesAtEnd = false
    /// Comes back when the controllers ask for it, and renews later when they stretch leases.
    var obeysHints = true

    /// How long one attempt may take: several fit into what a holder has left when a renewal is due.
    var attemptTimeout: TimeSpan { min(max(self.claimTime / 5, .milliseconds(500)), .seconds(5)) }

    /// How long one wait for a release may take; then the contender waits again.
    let waitTimeout = TimeSpan.seconds(30)

    /// How long a holder may act after it sent the request that was granted.
    var safeTime: TimeSpan { SafeTime.of(self.claimTime) }

    /// By how much a grant was longer than asked for: controllers name half of it as the time of the next extension.
    func stretch(_ answer: ContenderAnswer) -> Double? {
        guard self.obeysHints, let nextRenewal = answer.nextRenewal else { return nil }
        let stretch = nextRenewal / (self.claimTime / 2)
        // What is lost on the way makes it a little less than one.
        return stretch > 1.02 ? stretch : nil
    }

    /// How long to wait at least before asking again.
    func retryAfter(_ answer: ContenderAnswer) -> TimeSpan? { self.obeysHints ? answer.retryAfter : nil }
}

/// The part of a grant that its holder may use, counted from when the request was sent.
///
/// Computed here and not taken from the client library, since it is what the library is checked against: clocks run
/// equally fast within one part in a hundred, and a quarter of a second is left for the last deed to take effect.
enum SafeTime {
    static func of(_ granted: TimeSpan) -> TimeSpan { granted * 0.99 - .milliseconds(250) }
}
