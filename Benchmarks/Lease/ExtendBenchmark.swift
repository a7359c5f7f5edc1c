import LoadReport

/// How many extensions a second are granted when as many as possible are asked for, one a call and a hundred a call.
///
/// An open loop that offers more than can be done, with few enough under way that nothing is refused.
struct ExtendBenchmark {
    let runs: Int
    let children: ChildProcesses

    private struct Kind {
        var name: String
        var settings: ClusterSettings
        var isBulk: Bool
    }

    private static let kinds = [
        Kind(name: "lease.extends-single", settings: ClusterSettings(), isBulk: false),
        Kind(name: "lease.extends-bulk", settings: ClusterSettings(), isBulk: true),
        Kind(name: "lease.extends-single-pubsub", settings: ClusterSettings(transport: .pubsub), isBulk: false),
        Kind(name: "lease.extends-bulk-pubsub", settings: ClusterSettings(transport: .pubsub), isBulk: true),
        Kind(name: "lease.extends-single-alone", settings: ClusterSettings(controllers: 1), isBulk: false),
        Kind(name: "lease.extends-bulk-alone", settings: ClusterSettings(controllers: 1), isBulk: true),
    ]

    func measure() async throws -> [Figure] {
        var figures: [Figure] = []
        for kind in Self.kinds {
            let samples = try await LocalCluster.with(kind.settings, self.children) { cluster in
                let load = LoadProcess(cluster: cluster, children: self.children)
                var samples: [Double] = []
                for _ in 0..<self.runs {
                    let result = try await load.run(Self.arguments(isBulk: kind.isBulk))
                    samples.append(result.goodput(of: "extend"))
                }
                return samples
            }
            figures.append(Figure(kind.name, unit: "1/s", samples))
        }
        return figures
    }

    private static func arguments(isBulk: Bool) -> [String] {
        let offer = isBulk ? "400000" : "40000"
        let outstanding = isBulk ? "6400" : "512"
        let common = [
            "--mix", "extend=1", "--leases", "20000", "--claim-time", "60s", "--arrivals", "constant", "--connections",
            "12",
            "--for", "5s",
        ]
        return common + ["--rate", offer, "--outstanding", outstanding, "--bulk", isBulk ? "100" : "1"]
    }
}
