/// A broken promise: what was seen, in one sentence.
package struct Violation: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}

/// What a simulation did, and the first promise it saw broken.
package struct SimulationReport: Sendable {
    package var seed: UInt64
    package var controllers: Int
    package var totals = SimulationTotals()
    package var violation: Violation?
    /// Virtual millisecond at which the violation was seen, or the run ended.
    package var endedAt: UInt64 = 0
    /// A hash over every step: equal for two runs of one seed.
    package var fingerprint: UInt64 = 0

    package init(seed: UInt64, controllers: Int) {
        self.seed = seed
        self.controllers = controllers
    }
}

/// How often things happened, so that a run that proves nothing is noticed.
package struct SimulationTotals: Sendable, Hashable {
    package var steps = 0
    package var elections = 0
    package var crashes = 0
    package var tornWrites = 0
    package var tornVotes = 0
    package var diskFailures = 0
    package var partitions = 0
    package var snapshots = 0
    package var installs = 0
    package var transfers = 0
    package var commits = 0
    package var messages = 0
    package var grants = 0
    package var expiries = 0
    package var revokes = 0
    package var duplicates = 0
    package var covered = 0
    package var resolvedApplied = 0
    package var resolvedNever = 0
    package var applied = 0
    package var never = 0
    package var unknown = 0
    package var shed = 0

    package init() {}

    /// Names and numbers, in the order to print them.
    package var figures: [(name: String, value: Int)] {
        [
            ("steps", self.steps), ("messages", self.messages), ("elections", self.elections),
            ("commits", self.commits), ("crashes", self.crashes), ("torn writes", self.tornWrites),
            ("torn votes", self.tornVotes), ("disk failures", self.diskFailures), ("partitions", self.partitions),
            ("snapshots", self.snapshots), ("installs", self.installs), ("transfers", self.transfers),
            ("grants", self.grants), ("expiries", self.expiries), ("revokes", self.revokes),
            ("repeated operations", self.duplicates), ("operations applied", self.applied), ("never", self.never),
            ("covered", self.covered),
            ("resolved to applied", self.resolvedApplied), ("resolved to never", self.resolvedNever),
            ("unknown", self.unknown), ("shed", self.shed),
        ]
    }

    package static func += (left: inout SimulationTotals, right: SimulationTotals) {
        left.steps += right.steps
        left.elections += right.elections
        left.crashes += right.crashes
        left.tornWrites += right.tornWrites
        left.tornVotes += right.tornVotes
        left.diskFailures += right.diskFailures
        left.partitions += right.partitions
        left.snapshots += right.snapshots
        left.installs += right.installs
        left.transfers += right.transfers
        left.commits += right.commits
        left.messages += right.messages
        left.grants += right.grants
        left.expiries += right.expiries
        left.revokes += right.revokes
        left.duplicates += right.duplicates
        left.covered += right.covered
        left.resolvedApplied += right.resolvedApplied
        left.resolvedNever += right.resolvedNever
        left.applied += right.applied
        left.never += right.never
        left.unknown += right.unknown
        left.shed += right.shed
    }
}
