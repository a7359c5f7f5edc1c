import ArgumentParser

/// Who has a connection of its own.
enum ConnectionSharing: String, Sendable, CaseIterable, ExpressibleByArgument {
    case perContender = "per-contender"
    /// One connection a controller for all.
    case shared
}

/// What load to put on a cluster.
struct LoadOptions: Sendable {
    var leases: Int
    /// On each lease.
    var contenders: Int
    var plan: ContenderPlan
    var duration: Duration
    var sharing: ConnectionSharing
    /// Names of leases begin so.
    var prefix: String
    /// Tells the holders of this run from those of another one on the same leases.
    var runID: String

    /// How many contend in all.
    var total: Int { self.leases * self.contenders }

    func leaseName(_ lease: Int) -> String { "\(self.prefix)-\(lease)" }

    func holderName(lease: Int, contender: Int) -> String { "\(self.prefix)-\(lease)/\(contender)@\(self.runID)" }
}
