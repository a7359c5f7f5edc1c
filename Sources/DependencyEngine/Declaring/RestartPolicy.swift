/// How a manifold is started again after failures.
///
/// The delay after failure n is `firstDelay` × `factor`ⁿ⁻¹, made random by `jitter`, and at most `maximumDelay`; only
/// `Verdict.retry(after:because:)` waits longer. A policy that makes no sense is refused when its manifold is installed.
public struct RestartPolicy: Sendable, Hashable {
    /// What happens when the budget of failures is spent.
    public enum Exhausted: Sendable, Hashable {
        /// Stay down until resumed or an input changes.
        case park
        /// End the engine; `EngineError.budgetSpent` carries the code for the process to exit with.
        case endEngine(code: Int32)
        /// Go on, at the longest delay.
        case keepTrying
    }

    /// The delay after the first failure.
    public var firstDelay: Duration
    /// What each further delay is multiplied by; at least 1.
    public var factor: Double
    /// No delay is longer, jitter included.
    public var maximumDelay: Duration
    /// The part of a delay that is random, up and down, 0 to 1.
    public var jitter: Double
    /// The failure count starts anew after this long ready, or twice the last delay if that is longer.
    public var healthyAfter: Duration
    /// At which failure without healthy time between them it gives up; 1 means at the first.
    public var budget: Int
    /// What happens at the last of them.
    public var exhausted: Exhausted

    /// Makes a policy; the defaults are those of the engine.
    public init(
        firstDelay: Duration = .seconds(1),
        factor: Double = 2,
        maximumDelay: Duration = .seconds(60),
        jitter: Double = 0.2,
        healthyAfter: Duration = .seconds(60),
        budget: Int = 10,
        exhausted: Exhausted = .park
    ) {
        self.firstDelay = firstDelay
        self.factor = factor
        self.maximumDelay = maximumDelay
        self.jitter = jitter
        self.healthyAfter = healthyAfter
        self.budget = budget
        self.exhausted = exhausted
    }

    /// 1 s, doubled up to 60 s, parked at the tenth failure.
    public static var standard: RestartPolicy { RestartPolicy() }

    /// As standard, and never gives up: for what others cannot do without.
    public static var vital: RestartPolicy { RestartPolicy(exhausted: .keepTrying) }

    /// Parked at the first failure: for what somebody must look at before it runs again.
    public static var never: RestartPolicy { RestartPolicy(budget: 1) }
}
