/// A fault put into the driver on purpose, to show that the checks notice.
package enum Sabotage: String, CaseIterable, Sendable {
    /// A crash loses term and vote, as if they had never been made durable.
    case forgetVote = "forget-vote"
    /// Writes are reported durable when they are only queued.
    case reportEarly = "report-early"
    /// A leader's lease clock runs a fifth too fast.
    case hastyClock = "hasty-clock"
    /// Holders trust a lease for as long as it was granted from the moment the answer came.
    case carelessHolder = "careless-holder"
    /// The machine does not remember what it answered, so that a repeated operation is applied again.
    case forgetResults = "forget-results"
    /// The machine grants a lease to whoever claims it, held or not.
    case grantHeld = "grant-held"
    /// The machine has a pinned lease expire like any other.
    case expirePinned = "expire-pinned"
}
