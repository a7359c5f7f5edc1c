/// Ten times what can be done: how much is done meanwhile, how fast the rest is refused, and how soon it is over.
struct OverloadBenchmark {
    let children: ChildProcesses

    func measure() async throws -> [Figure] {
        let steady = try await StormRun(children: self.children).measure(label: "overload")
        let killed = try await StormRun(children: self.children, killsLeader: true).measure(label: "leader killed")
        let bulk = try await StormRun(children: self.children, bulk: 100).measure(label: "calls of 100")
        return Self.figures(steady, "overload") + Self.figures(killed, "overload-killed")
            + Self.figures(bulk, "overload-bulk")
    }

    private static func figures(_ outcome: StormRun.Outcome, _ name: String) -> [Figure] {
        var figures = [
            Figure("\(name).capacity", unit: "1/s", [outcome.plan.capacity]),
            Figure("\(name).factor", unit: "times", [outcome.factor]),
            Figure("\(name).goodput-share", unit: "%", [outcome.stormGoodput]),
        ]
        for phase in outcome.phases {
            let goodput = phase.goodput.values.reduce(0, +)
            figures += [
                Figure("\(name).goodput-\(phase.name)", unit: "1/s", [goodput]),
                Figure("\(name).p99-\(phase.name)", unit: "ms", [phase.p99]),
                Figure("\(name).memory-\(phase.name)", unit: "MB", [Double(phase.controllerBytes) / 1e6]),
                Figure("\(name).cpu-\(phase.name)", unit: "%", [phase.controllerCPU + phase.loadCPU]),
                Figure("\(name).lost-\(phase.name)", unit: "leases", [Double(phase.lost)]),
            ]
            if let refusals = phase.refusalP99 {
                figures.append(Figure("\(name).refusal-p99-\(phase.name)", unit: "ms", [refusals.worst]))
            }
        }
        if let recovery = outcome.recoverySeconds {
            figures.append(Figure("\(name).recovery", unit: "s", [recovery]))
        }
        if let back = outcome.goodputBackSeconds {
            figures.append(Figure("\(name).goodput-back", unit: "s", [back]))
        }
        return figures
    }
}
