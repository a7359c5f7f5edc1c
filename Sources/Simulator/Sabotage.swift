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
    /// The machine takes another operation's id out of use than the one it was asked about.
    case resolveOther = "resolve-other"
    /// The machine forgets those an extension stood for.
    case forgetCovers = "forget-covers"
    /// A leader that does not know what became of an operation says *never*.
    case hurriedNever = "hurried-never"
    /// The machine does not stretch extensions although the leader said so.
    case ignoreStretch = "ignore-stretch"
    /// A leader's clock rides in entries only with a second's delay each.
    case laggingClock = "lagging-clock"
}
