/// What a start function or a worker may throw to say more than "it failed".
public enum Verdict: Error, Sendable, CustomStringConvertible {
    /// Something needed is not there: park until an input changes. Not counted as a failure.
    case missing(String)
    /// Start me again at once, dependents first; the text says why. Not counted as a failure.
    ///
    /// A worker that does so again and again without having run for a moment is slowed by its back-off.
    case bounce(String)
    /// I am not needed any more: forget my manifold.
    case uninstall
    /// A failure like any other, and not to be tried again before `after`: a server said how long to wait, say.
    ///
    /// The delay is the one of the restart policy or `after`, whichever is longer, so it may exceed the policy's cap.
    /// The policy's jitter makes it longer, never shorter. At most 100 years; zero and less is an ordinary failure.
    case retry(after: Duration, because: any Error)
    /// The whole engine must end with this error.
    case fatal(any Error)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .missing(let what): "missing: \(what)"
        case .bounce(let why): "bounce: \(why)"
        case .uninstall: "uninstall"
        case .retry(let delay, let error): "retry after \(delay): \(error)"
        case .fatal(let error): "fatal: \(error)"
        }
    }
}
