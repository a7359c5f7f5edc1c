/// Until when a holder may act on a lease.
///
/// The leader starts the grant no earlier than the request was sent, clocks agree to within one part in a hundred, and a
/// quarter of a second is left for the last deed to take effect. Measured with `ContinuousClock`, which goes on while the
/// machine sleeps.
enum SafeInstant {
    /// How long after sending a request for `granted` its holder may act.
    static func span(granted: Duration) -> Duration { granted * 0.99 - .milliseconds(250) }

    /// As above for what a controller answered: `nil` unless it is a grant with time left, and never later than the
    /// time it says is left allows.
    static func of(_ result: LeaseResult, requested: Duration) -> ContinuousClock.Instant? {
        guard result.outcome == .applied, result.token != nil, let created = result.operation.created,
            let left = result.expiresIn, left > .zero
        else { return nil }
        // Under load controllers grant more than was asked for, and say so by when to renew.
        let isStretched = result.nextRenewal.map { $0 > requested / 2 } ?? false
        return Self.after(sending: created, granted: isStretched ? left : min(requested, left))
    }

    static func after(sending sent: ContinuousClock.Instant, granted: Duration) -> ContinuousClock.Instant {
        sent + Self.span(granted: granted)
    }
}

/// How a lease is held while something runs.
struct HoldingTerms: Sendable, Hashable {
    /// What every claim and extension asks for.
    var duration: Duration
    /// How much time what runs has to end before the safe instant.
    var grace: Duration
    /// How long after a grant was asked for the next one is.
    var renewAfter: Duration

    init(duration: Duration, grace: Duration? = nil, renewAfter: Duration? = nil) {
        self.duration = duration
        self.grace = grace ?? min(duration / 10, .seconds(5))
        self.renewAfter = renewAfter ?? duration / 2
    }

    /// When to renew a grant, told from its safe instant.
    ///
    /// A grant stretched under load is safe for longer, so this alone would leave of it no more than of any other; the
    /// controllers wish to hear earlier than that, though later than usual.
    func renewal(
        ofGrantSafeUntil safeUntil: ContinuousClock.Instant,
        wished: ContinuousClock.Instant? = nil
    ) -> ContinuousClock.Instant {
        let latest = safeUntil - SafeInstant.span(granted: self.duration) + self.renewAfter
        return wished.map { min($0, latest) } ?? latest
    }

    /// When to try a renewal again that was not granted: when the controllers say, but while there is time for an attempt
    /// before the lease is over for who holds it.
    func retry(
        at now: ContinuousClock.Instant,
        pause: Duration,
        retryAfter: Duration?,
        safeUntil: ContinuousClock.Instant
    ) -> ContinuousClock.Instant {
        let wished = now + max(retryAfter ?? .zero, pause)
        return max(min(wished, safeUntil - self.grace - .milliseconds(500)), now + pause)
    }
}
