package import Consensus

/// What one simulation is to be; together with the program it decides every step.
package struct SimulationOptions: Sendable {
    package var seed: UInt64
    /// One, three or five; `nil` lets the seed choose.
    package var controllers: Int?
    /// Length of the run, the quiet end in which the cluster must converge included.
    package var virtualSeconds: Int
    /// The consensus core's guards; all of them, unless a test shows what one is for.
    package var guards: Guards
    package var sabotage: Sabotage?
    /// No random faults at all: for runs that look at something else.
    package var isCalm: Bool

    package init(
        seed: UInt64,
        controllers: Int? = nil,
        virtualSeconds: Int = 60,
        guards: Guards = .all,
        sabotage: Sabotage? = nil,
        isCalm: Bool = false
    ) {
        self.seed = seed
        self.controllers = controllers
        self.virtualSeconds = virtualSeconds
        self.guards = guards
        self.sabotage = sabotage
        self.isCalm = isCalm
    }
}
