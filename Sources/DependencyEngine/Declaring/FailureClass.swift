/// What an error that is no `Verdict` means for its manifold, as told by `Manifold.classifying(_:)`.
public enum FailureClass: Sendable, Hashable {
    /// An ordinary failure: charged, and tried again by the manifold's restart policy. What every error is unless
    /// classified.
    case retry
    /// The same, and not again before this delay: see `Verdict.retry(after:because:)`.
    case retryAfter(Duration)
    /// Trying again is of no use: stay down until resumed or an input changes, the text saying what is wrong. Not
    /// charged.
    case park(String)
    /// The same as `Verdict.bounce`: start again at once, dependents first. Not charged.
    case bounce
    /// The same as `Verdict.uninstall`, unless it was asked to stop anyway: forget the manifold.
    case uninstall
    /// The same as `Verdict.fatal`: the whole engine ends with the error.
    case fatal
}
