/// A storm: an offer that fits, one of many times what fits, and the first again.
struct StormPlan: Sendable {
    /// Operations a second the cluster was seen to do.
    var capacity: Double
    /// How many times the capacity is offered at the peak.
    var factor = 10.0
    /// How long each of the three lasts, in seconds.
    var before = 10
    var storm = 30
    var after = 20
    /// Operations a call. With more than one nothing is slowed down, and the machine sets the capacity.
    var bulk = 1

    /// Of one a call, capacity is set by an injected commit time, so that a machine of two cores can offer ten times as
    /// much.
    static func settings(bulk: Int) -> ClusterSettings {
        bulk > 1 ? ClusterSettings() : ClusterSettings(appendMilliseconds: 20, batchOperations: 32)
    }
    static let mix = "claim=70,extend=29,critical=1"

    /// When the storm is over, in seconds since the start.
    var stormEnds: Double { Double(self.before + self.storm) }
    /// When it is at its worst.
    var peak: Double { Double(self.before) + Double(self.storm) / 2 }

    /// `leaseclaimer`'s arguments.
    var arguments: [String] {
        let light = Int(self.capacity / 2)
        let heavy = Int(self.capacity * self.factor)
        return Self.common(bulk: self.bulk, leases: self.leases) + [
            "--schedule", "\(self.before)s:\(light),\(self.storm)s:\(heavy),\(self.after)s:\(light)",
            "--outstanding", "60000",
        ]
    }

    /// Each lease has its turn well within its time even at the light offer.
    private var leases: Int { max(Int(self.capacity / 2 * 0.29 * 7), 16 * self.bulk) }

    /// For measuring what a cluster can do: more than it can, with few under way.
    static func capacityArguments(seconds: Int, bulk: Int) -> [String] {
        let offer = bulk > 1 ? 200_000 : 4_000
        return self.common(bulk: bulk, leases: offer / 10) + [
            "--rate", "\(offer)", "--for", "\(seconds)s", "--outstanding", "\(bulk > 1 ? 64 * bulk : 96)",
        ]
    }

    /// Connections enough that none has more calls open than a controller reads.
    private static func common(bulk: Int, leases: Int) -> [String] {
        [
            "--mix", self.mix, "--leases", "\(leases)", "--claim-time", "30s", "--connections", "96", "--bulk",
            "\(bulk)",
            "--timeout", "3s", "--fresh-time", "5s",
        ]
    }
}
