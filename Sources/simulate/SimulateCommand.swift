import ArgumentParser
import Consensus
import Simulator

/// Runs simulated clusters and says which seeds broke a promise.
@main
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Runs whole clusters in virtual time under random faults and checks every promise after every step."
    )

    @Option(help: "How many seeds to run.")
    var seeds: UInt64 = 300
    @Option(help: "The first seed.")
    var first: UInt64 = 1
    @Option(help: "Run this seed only.")
    var seed: UInt64?
    @Option(help: "Length of each run in virtual seconds, at least 12.")
    var virtualSeconds = 60
    @Option(help: "Cluster size 1, 3 or 5; without it the seed chooses.")
    var controllers: Int?
    @Option(help: "Turn guards of the consensus core off, for example G1 or G1,G3.")
    var guardsOff: GuardList = GuardList()
    @Option(help: "Put a fault into the driver, to see it caught.")
    var sabotage: Sabotage?
    @Option(help: "How many seeds to run at once.")
    var jobs = 2
    @Flag(help: "No random faults.")
    var calm = false
    @Flag(help: "Run the other seeds too after one failed.")
    var keepGoing = false

    func validate() throws {
        guard self.virtualSeconds >= 12 else { throw ValidationError("--virtual-seconds must be at least 12") }
        guard self.seeds > 0 else { throw ValidationError("--seeds must be at least 1") }
        guard (1...64).contains(self.jobs) else { throw ValidationError("--jobs must be between 1 and 64") }
        guard self.controllers.map({ [1, 3, 5].contains($0) }) ?? true else {
            throw ValidationError("--controllers must be 1, 3 or 5")
        }
    }

    func run() async throws {
        CrashReport.install()
        let range = self.seed.map { $0...$0 } ?? self.first...(self.first + self.seeds - 1)
        let clock = ContinuousClock()
        let start = clock.now
        var summary = Summary(expected: range.count)
        await withTaskGroup(of: SimulationReport.self) { group in
            var next = range.lowerBound
            for _ in 0..<min(self.jobs, range.count) {
                let options = self.options(next)
                group.addTask { CrashReport.running(options.seed) { Simulation.run(options) } }
                next += 1
            }
            for await report in group {
                summary.add(report, repeating: self.repeatLine(report), elapsed: start.duration(to: clock.now))
                guard next <= range.upperBound, self.keepGoing || summary.failures == 0 else { continue }
                let options = self.options(next)
                group.addTask { CrashReport.running(options.seed) { Simulation.run(options) } }
                next += 1
            }
        }
        summary.finish(elapsed: start.duration(to: clock.now))
        if summary.failures > 0 { throw ExitCode(1) }
    }

    private func options(_ seed: UInt64) -> SimulationOptions {
        SimulationOptions(
            seed: seed,
            controllers: self.controllers,
            virtualSeconds: self.virtualSeconds,
            guards: Guards.all.subtracting(self.guardsOff.guards),
            sabotage: self.sabotage,
            isCalm: self.calm
        )
    }

    private func repeatLine(_ report: SimulationReport) -> String {
        var line = "swift run -c release simulate --seed \(report.seed) --virtual-seconds \(self.virtualSeconds)"
        if let controllers { line += " --controllers \(controllers)" }
        if !self.guardsOff.names.isEmpty { line += " --guards-off \(self.guardsOff.names.joined(separator: ","))" }
        if let sabotage { line += " --sabotage \(sabotage.rawValue)" }
        if self.calm { line += " --calm" }
        return line
    }
}

extension Sabotage: ExpressibleByArgument {}
