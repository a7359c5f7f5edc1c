/// One of those that want a lease, as a value: events in, the next step and what to count out.
///
/// It claims; when granted it extends every renew time for as long as it can; when denied it waits for the release and
/// claims again. A holder that could not extend before its safe instant counts the lease as lost and starts over.
struct Contender: Sendable {
    /// A lease held, as far as its holder may believe.
    struct Tenure: Sendable, Hashable {
        var token: UInt64
        /// The holder believes until then.
        var safeUntil: Instant
        /// When the next extension is due. Kept on a grid of the renew time, so that an outage which delays many
        /// extensions does not make them all come together ever after.
        var due: Instant
    }

    enum State: Sendable, Hashable {
        case new
        case claiming
        case resting(thenWait: Bool)
        case waiting(since: Instant)
        case holding(Tenure)
        case extending(Tenure)
        case retrying(Tenure, lastReason: String)
        case releasing
        case finished(Tenure?)
    }

    let plan: ContenderPlan
    /// When it begins, and what its extensions are counted from in steps of the renew time. Differs from lease to lease,
    /// so that the longest gap without a grant measures the service and not the contenders' marching in step.
    let anchor: Instant
    var state = State.new
    var backoff: Backoff
    /// Waits in a row that saw the lease free at once although the claim before was denied.
    var emptyWaits = 0

    init(plan: ContenderPlan, anchor: Instant, seed: UInt64) {
        self.plan = plan
        self.anchor = anchor
        self.backoff = Backoff(seed: seed)
    }

    /// The first extension of a lease claimed at `sent`.
    func firstDue(after sent: Instant) -> Instant {
        let steps = max(((sent - self.anchor) / self.plan.renewTime).rounded(.down), -1) + 1
        return self.anchor + self.plan.renewTime * steps
    }
}
