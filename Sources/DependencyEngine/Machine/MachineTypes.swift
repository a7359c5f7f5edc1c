/// A manifold inside the machine: an index into its nodes, given at the first mention of the name and never reused.
typealias ManifoldID = Int

/// Something that happened outside, told to the machine.
enum MachineEvent: Sendable {
    case run
    case startReturned(ManifoldID, generation: Int)
    case signalledReady(ManifoldID, generation: Int)
    case finishedDraining(ManifoldID, generation: Int)
    /// A start or a worker ended; no failure means the worker's `run` returned.
    case ended(ManifoldID, generation: Int, MachineFailure?)
    /// A running worker wants to be started again because something outside has changed.
    case asksForBounce(ManifoldID, generation: Int, String)
    /// What a worker that is not ready yet waits for.
    case waits(ManifoldID, generation: Int, for: String)
    /// The first phase of a shutdown that comes later.
    case drain
    /// The clock has reached some deadline.
    case timers
    case shutdown(ShutdownKind)
    case bounce(ManifoldID)
    case park(ManifoldID)
    case resume(ManifoldID)
    case uninstall(ManifoldID)
    /// As if the running worker had thrown this.
    case fail(ManifoldID, MachineFailure)
}

/// How an engine is asked to end.
enum ShutdownKind: Sendable, Hashable {
    /// Drain, then stop, within the deadlines.
    case graceful
    /// Workers are cancelled with their stop.
    case cancelled
}

/// An error as the machine sees it: what it means and how it reads.
struct MachineFailure: Sendable {
    enum Kind: String, Sendable, Hashable, Codable {
        case failed, missing, parked, bounce, uninstall, fatal
        /// Uninstall by classification: unlike the worker's own word it counts for nothing after a requested stop.
        case dismissed
    }

    var kind: Kind
    var message: String
    /// Of `failed`: the next attempt comes no sooner.
    var retryAfter: Duration?
    /// Compares it with other errors that end the engine.
    var rank = 0
    /// What was thrown; carried through for whoever waits for the engine, never looked at by the rules.
    var cause: (any Error)?
}

extension MachineFailure {
    /// Made on the task of whoever failed, since `classify` is the user's code and may take its time.
    init(_ error: any Error, classify: (@Sendable (any Error) -> FailureClass)? = nil) {
        switch error {
        case Verdict.missing(let what): self.init(kind: .missing, message: what)
        case Verdict.bounce(let why): self.init(kind: .bounce, message: why)
        case let stale as StaleInput: self.init(kind: .bounce, message: stale.description)
        case Verdict.uninstall: self.init(kind: .uninstall, message: "asked to be uninstalled")
        case Verdict.retry(let delay, let error): self.init(.retryAfter(delay), error)
        case Verdict.fatal(let error): self.init(.fatal, error)
        default: self.init(classify?(error) ?? .retry, error)
        }
    }

    private init(_ failureClass: FailureClass, _ error: any Error) {
        self.init(kind: .failed, message: "\(error)", rank: (error as? any RankedError)?.rank ?? 0)
        switch failureClass {
        case .retry: break
        case .retryAfter(let delay): self.retryAfter = delay
        case .park(let why):
            self.kind = .parked
            self.message = why
        case .bounce: self.kind = .bounce
        case .uninstall: self.kind = .dismissed
        case .fatal: self.kind = .fatal
        }
        self.cause = error
    }
}

/// Something the actor must do, in the order given.
enum MachineAction: Sendable {
    /// Call the start function with the inputs in `received`; the generation is the node's.
    case start(ManifoldID)
    /// Fill the deferred handles to this manifold.
    case publish(ManifoldID)
    /// Empty them.
    case retract(ManifoldID)
    /// Tell the instance what its live input of this index holds now: the generation is the node's `delivered`.
    case deliver(ManifoldID, input: Int)
    case drain(ManifoldID)
    case stop(ManifoldID)
    /// Cancel the start, if it is still under way: its worker, should one come, must not run in a cancelled task.
    case cancelStart(ManifoldID)
    case cancel(ManifoldID)
    /// Let go of the instance without waiting for it.
    case abandon(ManifoldID)
    /// The instance has ended; drop what belongs to it.
    case ended(ManifoldID)
    /// Forget the declaration.
    case forget(ManifoldID)
    case report(MachineReport)
    /// Out of line, so that the many others are small.
    indirect case finished(MachineOutcome)
}

/// One reason for which the engine ends with an error; several may come together.
struct MachineEnding: Sendable {
    var outcome: MachineOutcome
    var rank: Int
    var cause: (any Error)?
}

/// How the engine ended.
enum MachineOutcome: Sendable, Hashable {
    case completed
    case fatal(ManifoldID, String)
    case budgetSpent(ManifoldID, code: Int32, String)
}
