import ArgumentParser

/// Who has a connection of its own.
enum ConnectionSharing: Sendable, Hashable, ExpressibleByArgument {
    case perContender
    /// As few as will do: one a controller, or one for every 450 contenders.
    case shared
    /// So many.
    case count(Int)

    init?(argument: String) {
        switch argument {
        case "per-contender": self = .perContender
        case "shared": self = .shared
        default:
            guard let count = Int(argument), (1...100_000).contains(count) else { return nil }
            self = .count(count)
        }
    }

    var defaultValueDescription: String { self.text }

    var text: String {
        switch self {
        case .perContender: "per-contender"
        case .shared: "shared"
        case .count(let count): "\(count)"
        }
    }
}

/// What load to put on a cluster, and how.
struct LoadOptions: Sendable {
    /// What kind of load.
    enum Kind: Sendable {
        case contend(plan: ContenderPlan, contenders: Int, steps: LeaseSteps)
        case open(OpenPlan)
        case juju(units: [String], claimTime: TimeSpan, renewTime: TimeSpan)
    }

    var kind: Kind
    var leases: Int
    var duration: TimeSpan
    var sharing: ConnectionSharing
    /// Items a call.
    var bulk: Int
    var threads: Int
    /// Connections made at a time.
    var dials: Int
    /// Names of leases begin so.
    var prefix: String
    var namespace: String
    /// Tells the holders of this run from those of another one on the same leases.
    var runID: String
    var storms: [TimeSpan]
    var watched: [Int]
    var lines: LineWriter.Form?
    var sleep: TimeSpan
    var label: String
    /// The flags as text, for the results.
    var settings: [String: String]

    /// How many contend in all.
    var contenders: Int {
        switch self.kind {
        case .contend(_, let contenders, _): self.leases * contenders
        case .open: 0
        case .juju(let units, _, _): units.count
        }
    }

    /// How many connections each loop has.
    ///
    /// Of those that share one, all may wait at once; of calls whose number is bounded as a whole, connections take more
    /// and less than their part.
    func lanes(of loop: Int, controllers: Int) -> Int {
        let contenders: Int =
            switch self.kind {
            case .contend(_, let contenders, _): self.leases(of: loop) * contenders
            case .open(let plan): plan.outstanding / max(plan.bulk, 1)
            case .juju(let units, _, _): units.count
            }
        var perLane = ContenderWorkload.waitsPerLane
        if case .open = self.kind { perLane = 500 }
        switch self.sharing {
        case .perContender: return contenders
        case .shared: return max(controllers, (contenders + perLane - 1) / perLane)
        case .count(let count): return max((count + self.threads - 1 - loop) / self.threads, 1)
        }
    }

    /// How many leases a loop has: they are dealt out in turn.
    func leases(of loop: Int) -> Int { (self.leases + self.threads - 1 - loop) / self.threads }
}

/// Which controllers, and who asks.
struct LoadTarget: Sendable {
    var controllers: [Endpoint]
    /// As PEM; `nil`: certificates are not checked.
    var caCertificate: String?
    /// A tag; for Juju's units each has its own.
    var account: String
    var token: String
    /// Empty for the controllers' own.
    var model: String

    var path: String { self.model.isEmpty ? "/api" : "/model/\(self.model)/api" }
}
