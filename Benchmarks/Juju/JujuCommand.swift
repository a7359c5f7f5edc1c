import ArgumentParser
import FoundationEssentials
import LoadReport
import Logging
import Plots

/// `benchmarks juju`: Juju's published experiments, rescaled to this machine, with both transports, on one page.
struct JujuCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "juju",
        abstract: "Repeat Juju's published experiments on this machine and draw what comes of them.",
        discussion: """
            Each runs on a new cluster of three controllers with TLS and durable writes, once with each transport. The results
            are kept in run/juju/ as JSON, too.
            """
    )

    @Option(help: "How long all of it may take, about.")
    var minutes = 25.0

    @Flag(help: "A tenth of the load in three minutes, for a look whether it works.")
    var quick = false

    @Option(name: .shortAndLong, help: "The page.")
    var output = "docs/juju-experiments.html"

    mutating func validate() throws {
        guard (2...1_000).contains(self.minutes) else { throw ValidationError("--minutes must be 2 to 1000") }
    }

    @concurrent
    func run() async throws {
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        let children = ChildProcesses()
        await children.endWithSignals()
        let scale = JujuScale(minutes: self.quick ? 3 : self.minutes, isQuick: self.quick)
        do {
            var page = JujuPage(scale: scale)
            for experiment in JujuExperiment.allCases {
                page.add(experiment, await JujuRun(children: children, scale: scale).measure(experiment))
            }
            for storm in JujuStorm.allCases {
                page.add(storm, await JujuRun(children: children, scale: scale).measure(storm))
            }
            let file = URL(filePath: self.output)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(page.page.html.utf8).write(to: file, options: .atomic)
            print("the page is \(self.output)")
        } catch {
            await children.killAll()
            throw BenchmarkError("benchmarks: \(error)")
        }
    }
}
