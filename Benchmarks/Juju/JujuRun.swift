import FoundationEssentials
import LoadReport

/// Runs experiments one after the other; one that fails says so on the page instead of ending the others.
struct JujuRun: Sendable {
    let children: ChildProcesses
    let scale: JujuScale

    /// What came of one run, or why nothing did.
    enum Outcome<Value: Sendable>: Sendable {
        case measured(Value)
        case failed(String)
    }

    /// A run under the name it has in legends.
    struct Named<Value: Sendable>: Sendable {
        var name: String
        var outcome: Outcome<Value>
    }

    func measure(_ experiment: JujuExperiment) async -> [Named<LoadResult>] {
        var runs: [Named<LoadResult>] = []
        for transport in ClusterSettings.Transport.allCases {
            let outcome = await self.outcome("\(experiment.title), \(transport.rawValue)") {
                let settings = ClusterSettings(transport: transport)
                let result = try await LocalCluster.with(settings, self.children) { cluster in
                    try await LoadProcess(cluster: cluster, children: self.children)
                        .run(experiment.arguments(self.scale), label: transport.rawValue)
                }
                try self.keep(result, "\(experiment.rawValue)-\(transport.rawValue)")
                return result
            }
            runs.append(Named(name: transport.rawValue, outcome: outcome))
        }
        return runs
    }

    func measure(_ storm: JujuStorm) async -> [Named<StormRun.Outcome>] {
        var outcomes: [Named<StormRun.Outcome>] = []
        for (name, run) in storm.runs(self.children, isQuick: self.scale.isQuick) {
            let outcome = await self.outcome("\(storm.title), \(name)") {
                let outcome = try await run.measure(label: name)
                try self.keep(outcome.result, "storm-\(storm.rawValue)-\(name.filter(\.isLetter))")
                return outcome
            }
            outcomes.append(Named(name: name, outcome: outcome))
        }
        return outcomes
    }

    private func outcome<Value>(
        _ title: String,
        _ body: () async throws -> Value
    ) async -> Outcome<Value> {
        print("\(title) …")
        do {
            return .measured(try await body())
        } catch {
            print("  \(error)")
            await self.children.killAll()
            return .failed("\(error)")
        }
    }

    private func keep(_ result: LoadResult, _ name: String) throws {
        let directory = URL(filePath: "run/juju")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try result.json().write(to: directory.appending(path: "\(name).json"), options: .atomic)
    }
}
