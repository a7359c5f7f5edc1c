import ArgumentParser
import Logging

/// `benchmarks`: measures what the project promises numbers for.
@main
struct BenchmarksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmarks",
        abstract: "Measure the engine, Raft and a cluster of three on this machine.",
        discussion: "Prints one figure a line: name, unit, median, range, runs. Also writes them to run/bench.json."
    )

    /// What can be measured by itself.
    enum Part: String, CaseIterable, ExpressibleByArgument {
        case engine, raft, lease
    }

    @Option(help: "Measure only this part.")
    var only: Part?

    @Option(help: "How often to measure each figure.")
    var runs = 5

    @Option(help: .private)
    var probeEngineMemory: EngineBenchmark.Kind?

    mutating func validate() throws {
        guard (1...100).contains(self.runs) else { throw ValidationError("--runs must be 1 to 100") }
    }

    @concurrent
    func run() async throws {
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        if let kind = self.probeEngineMemory {
            print(try await EngineBenchmark.residentBytesPerManifold(kind))
            return
        }
        let children = ChildProcesses()
        await children.endWithSignals()
        var figures: [Figure] = []
        func show(_ measured: [Figure]) {
            for figure in measured { print(figure.line) }
            figures += measured
        }
        do {
            #if DEBUG
                print("a debug build: these figures mean nothing")
            #endif
            if self.only ?? .engine == .engine {
                show(try await EngineBenchmark(runs: self.runs).measure())
                show(try await EngineMemory(runs: self.runs, children: children).measure())
            }
            if self.only ?? .raft == .raft {
                show(try LogStoreBenchmark(runs: self.runs).measure())
                show(try SnapshotBenchmark(runs: self.runs).measure())
                show(try await RaftBenchmark(runs: self.runs).measure())
            }
            if self.only ?? .lease == .lease {
                show(try await ColdStartBenchmark(runs: self.runs, children: children).measure())
                let cluster = try await LocalCluster.start(controllers: 3, children: children)
                do {
                    show(try await ClaimBenchmark(runs: self.runs, cluster: cluster).measure())
                    show(try await FailoverBenchmark(runs: self.runs, cluster: cluster).measure())
                } catch {
                    await cluster.stop(keepingLogs: true)
                    throw error
                }
                await cluster.stop()
            }
            try FigureFile(figures).write(to: "run/bench.json")
        } catch {
            await children.killAll()
            throw BenchmarkError("benchmarks: \(error)")
        }
    }
}

extension EngineBenchmark.Kind: ExpressibleByArgument {}
