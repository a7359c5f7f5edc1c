import LoadReport
import Plots

/// The experiments' page, made section by section.
struct JujuPage {
    private(set) var page: Page

    init(scale: JujuScale) {
        let size = scale.isQuick ? " This is a quick look: a tenth of the leases and contenders." : ""
        self.page = Page(
            "Juju's lease experiments on Holdfast",
            lead: """
                Three controllers and the load on one machine, TLS and durable writes on, each run on a new cluster of its \
                own, and with both ways of carrying followers' operations to the leader: api sends batches to the leader's \
                API server, pubsub publishes them on the hub as Juju did, bounded here.\(size) Made by make bench-juju.
                """
        )
    }

    mutating func add(_ experiment: JujuExperiment, _ runs: [JujuRun.Named<LoadResult>]) {
        var blocks: [Page.Block] = [.text(experiment.text)]
        var results: [LoadResult] = []
        for run in runs {
            switch run.outcome {
            case .failed(let problem): blocks.append(.verdict("\(run.name) failed: \(problem)", isGood: false))
            case .measured(let result):
                let problems = result.verdict.problems.joined(separator: " ")
                let verdict = result.verdict.isClean ? "every promise was kept." : problems
                blocks.append(.verdict("\(run.name): \(verdict)", isGood: result.verdict.isClean))
                results.append(result)
            }
        }
        if !results.isEmpty { blocks += ResultSections.comparison(results).blocks }
        for result in results where !result.latencies.isEmpty {
            blocks += [.text("Latencies, \(result.label)"), .table(ResultTables.latencies(result))]
        }
        self.page.sections.append(Page.Section(experiment.title, blocks))
    }

    mutating func add(_ storm: JujuStorm, _ runs: [JujuRun.Named<StormRun.Outcome>]) {
        var blocks: [Page.Block] = [.text(storm.text)]
        var results: [LoadResult] = []
        for run in runs {
            switch run.outcome {
            case .failed(let problem): blocks.append(.verdict("\(run.name) failed: \(problem)", isGood: false))
            case .measured(let outcome):
                blocks.append(.text(Self.sentence(run.name, outcome)))
                blocks.append(.table(Self.table(outcome.phases)))
                results.append(outcome.result)
            }
        }
        if !results.isEmpty { blocks += ResultSections.comparison(results).blocks }
        self.page.sections.append(Page.Section(storm.title, blocks))
    }

    private static func sentence(_ name: String, _ outcome: StormRun.Outcome) -> String {
        var sentence = """
            \(name): capacity \(Self.number(outcome.plan.capacity)) operations a second; in the storm \
            \(Self.number(outcome.factor)) times as many were sent, and goodput was \(Self.number(outcome.stormGoodput)) % of \
            capacity.
            """
        if let back = outcome.goodputBackSeconds {
            sentence += " Goodput was back within \(Self.number(back)) s of the leader's death."
        }
        let recovery = outcome.recoverySeconds.map { "Normal again within \(Self.number($0)) s" } ?? "Not normal again"
        return "\(sentence) \(recovery) after the storm."
    }

    private static func table(_ phases: [StormPhase]) -> Table {
        Table(
            [
                "phase", "sent/s", "claims/s", "extends/s", "critical/s", "not granted/s", "p99 ms, worst second",
                "refusals' p99 ms, median second", "worst", "lost", "controllers MB", "load MB", "controllers %",
                "load %",
            ],
            phases.map { phase in
                [
                    phase.name, Self.number(phase.sent), Self.number(phase.goodput["claim"] ?? 0),
                    Self.number(phase.goodput["extend"] ?? 0),
                    Self.number(phase.goodput["critical"] ?? 0), Self.number(phase.shed), Self.number(phase.p99),
                    phase.refusalP99.map { Self.number($0.median) } ?? "",
                    phase.refusalP99.map { Self.number($0.worst) } ?? "",
                    "\(phase.lost)", Self.number(Double(phase.controllerBytes) / 1e6),
                    Self.number(Double(phase.loadBytes) / 1e6), Self.number(phase.controllerCPU),
                    Self.number(phase.loadCPU),
                ]
            }
        )
    }

    private static func number(_ value: Double) -> String {
        value.magnitude >= 100 ? "\(Int(value.rounded()))" : "\((value * 10).rounded() / 10)"
    }
}
