/// How long and how large Juju's experiments are run here.
struct JujuScale: Sendable, Hashable {
    /// For everything together.
    var minutes: Double
    /// A tenth of the leases and contenders, for a look whether all of it works.
    var isQuick: Bool

    /// Of a run of contenders: five experiments, each with both transports, and half as much again for the storms.
    var runSeconds: Int { max(Int(self.minutes * 60 / Double(2 * JujuExperiment.allCases.count + 6)), 8) }

    /// `count`, or a tenth of it.
    func sized(_ count: Int) -> Int { self.isQuick ? max(count / 10, 1) : count }
}
