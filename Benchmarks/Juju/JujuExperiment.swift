/// Juju's published experiments with contenders, as `leaseclaimer` runs them here.
enum JujuExperiment: String, Sendable, CaseIterable {
    case hundredByForty, threeHundredByTwoHundred, steps, blocks

    var title: String {
        switch self {
        case .hundredByForty: "100 × 40 × 3: 12,000 connections, 4,000 leases"
        case .threeHundredByTwoHundred: "300 × 200 × 3: 180,000 contenders, 60,000 leases"
        case .steps: "Steps of 20, 40 and 80"
        case .blocks: "Blocks 0–1, 1–39, 40–79, 80–120"
        }
    }

    /// What it is, what Juju saw, and what is different here.
    var text: String {
        switch self {
        case .hundredByForty:
            """
            Three units contend for each of 4,000 leaderships, each on a TLS connection of its own; leases last 5 s and are \
            renewed every 4.5 s. Juju's pubsub path held this on three machines.
            """
        case .threeHundredByTwoHundred:
            """
            Three units contend for each of 60,000 leaderships; leases last 30 s and are renewed every 15 s. In Juju, with \
            180,000 connections, the pubsub path failed increasingly and the API path shed and became far slower. Here the \
            contenders share connections: one machine cannot hold that many.
            """
        case .steps:
            """
            A hundred processes' worth of contenders for 20, then 40, then 80 leaderships each, three a lease; 5 s leases \
            renewed every 4.5 s (Juju: 4.9 s, too late for a holder that must stop before its lease ends). In Juju the \
            pubsub path's lease manager stopped some minutes into the second step, and the API path was steady through 40 and \
            thrashed at 80. Contenders share connections.
            """
        case .blocks:
            """
            The leaderships come in four blocks: 100, 4,000, 8,000 and 12,100 in all, three contenders each; 5 s leases \
            renewed every 4.5 s. In Juju, with a short queue, the last block shed and then settled. Contenders share \
            connections.
            """
        }
    }

    /// `leaseclaimer`'s arguments.
    func arguments(_ scale: JujuScale) -> [String] {
        let seconds = scale.runSeconds
        switch self {
        case .hundredByForty:
            return Self.times("5s", "4.5s") + [
                "--leases", "\(scale.sized(4_000))", "--contenders", "3", "--connections", "per-contender",
                "--for", "\(seconds)s",
            ]
        case .threeHundredByTwoHundred:
            return Self.times("30s", "15s") + [
                "--leases", "\(scale.sized(60_000))", "--contenders", "3", "--connections", "shared",
                "--for", "\(max(seconds, 20))s",
            ]
        case .steps: return Self.steps([2_000, 4_000, 8_000], scale)
        case .blocks: return Self.steps([100, 4_000, 8_000, 12_100], scale)
        }
    }

    private static func steps(_ totals: [Int], _ scale: JujuScale) -> [String] {
        let time = max(scale.runSeconds * 1_000 / totals.count, 3_000)
        return self.times("5s", "4.5s") + [
            "--steps", totals.map { "\(scale.sized($0))" }.joined(separator: ","), "--contenders", "3",
            "--connections", "shared", "--step-time", "\(time)ms",
        ]
    }

    private static func times(_ claim: String, _ renew: String) -> [String] {
        ["--claim-time", claim, "--renew-time", renew]
    }
}
