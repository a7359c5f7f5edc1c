import ArgumentParser
import CommandArguments

/// How many contend for what, and how long.
struct LoadFlags: ParsableArguments {
    @Option(help: "How many leases.")
    var leases: Int?

    @Option(help: "How many contenders for each lease.")
    var contenders = 3

    @Option(help: "For how long to claim and extend a lease.")
    var claimTime = DurationArgument(milliseconds: 10_000)

    @Option(help: "How often a holder extends. (default: half the claim time)")
    var renewTime: DurationArgument?

    @Option(name: .customLong("for"), help: "How long to run. (default: 60s, or all steps)")
    var runTime: DurationArgument?

    @Option(
        help:
            "per-contender, shared (one connection a controller, or one for every 900 contenders), or how many. (default: per-contender, in an open loop shared)"
    )
    var connections: ConnectionSharing?

    @Option(
        help:
            "The names of the leases begin so: give several processes the same to contend. (default: another each run)"
    )
    var prefix: String?

    @Option(help: "The namespace of the leases. (default: the cluster's default)")
    var namespace: String?

    @Flag(help: "Give the leases back at the end.")
    var revoke = false

    @Option(help: "How many operations to put into a call.")
    var bulk = 1

    @Option(help: "How many leases there are from each step on, such as 2000,4000,8000; instead of --leases.")
    var steps: StepsArgument?

    @Option(help: "How long a step takes.")
    var stepTime = DurationArgument(milliseconds: 300_000)

    @Option(name: .customLong("storm"), help: "When all that wait claim at once, since the start; may be repeated.")
    var storms: [DurationArgument] = []

    @Flag(inversion: .prefixedNo, help: "Come back when the controllers say so, and renew later when they ask for it.")
    var obeyHints = true

    @Option(help: "How many event loops drive the load.")
    var threads = 1

    @Option(help: "How many connections are made at a time, by each loop. (default: 32, with Juju's flags 1)")
    var dials: Int?

    static let defaultLeases = 40

    var leaseCount: Int { self.steps?.totals.last ?? self.leases ?? Self.defaultLeases }

    var renewDuration: TimeSpan { self.renewTime?.timeSpan ?? self.claimTime.timeSpan / 2 }

    var leaseSteps: LeaseSteps {
        LeaseSteps(totals: self.steps?.totals ?? [self.leaseCount], time: self.stepTime.timeSpan)
    }

    var defaultDuration: TimeSpan {
        self.steps.map { self.stepTime.timeSpan * $0.totals.count } ?? .seconds(60)
    }

    func validate(isOpen: Bool, isJuju: Bool) throws {
        guard self.leases == nil || self.steps == nil else {
            throw ValidationError("--steps says how many leases there are: leave --leases away")
        }
        guard (1...1_000_000).contains(self.leaseCount) else { throw ValidationError("--leases must be 1 to 1000000") }
        guard (1...1_000).contains(self.contenders) else { throw ValidationError("--contenders must be 1 to 1000") }
        guard (2_000...86_400_000).contains(self.claimTime.milliseconds) else {
            throw ValidationError("--claim-time must be 2s to 24h: shorter leases are refused")
        }
        let safeTime = SafeTime.of(self.claimTime.timeSpan)
        guard self.renewDuration >= .milliseconds(100), self.renewDuration < safeTime else {
            throw ValidationError(
                "--renew-time must be 100ms or more and less than \(safeTime.wholeMilliseconds)ms, for which a holder may"
                    + " trust a lease of \(self.claimTime.text)"
            )
        }
        guard self.runTime?.milliseconds != 0, self.stepTime.milliseconds > 0 else {
            throw ValidationError("--for and --step-time must be more than nothing")
        }
        guard (1...200).contains(self.prefix?.utf8.count ?? 1), (1...200).contains(self.namespace?.utf8.count ?? 1)
        else {
            throw ValidationError("--prefix and --namespace must be 1 to 200 bytes")
        }
        guard (1...1_000).contains(self.bulk) else { throw ValidationError("--bulk must be 1 to 1000") }
        guard self.bulk == 1 || isOpen || self.connections != nil && self.connections != .perContender else {
            throw ValidationError("--bulk needs shared connections: give --connections shared or a number")
        }
        guard (1...16).contains(self.threads) else { throw ValidationError("--threads must be 1 to 16") }
        guard (1...10_000).contains(self.dials ?? 1) else { throw ValidationError("--dials must be 1 to 10000") }
        guard isOpen || isJuju || self.leaseCount * self.contenders < 1 << 24 else {
            throw ValidationError("there may be 16 million contenders")
        }
    }
}

/// Rising numbers of leases: `20,40,80`.
struct StepsArgument: ExpressibleByArgument, Sendable, Hashable {
    var totals: [Int]

    init?(argument: String) {
        var totals: [Int] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let total = Int(part), total > totals.last ?? 0, total <= 1_000_000 else { return nil }
            totals.append(total)
        }
        guard !totals.isEmpty, totals.count <= 100 else { return nil }
        self.totals = totals
    }
}
