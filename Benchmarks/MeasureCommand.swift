import ArgumentParser
import Logging

/// `benchmarks measure`: figures, one a line.
struct MeasureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Measure single figures.",
        discussion: """
            Prints one figure a line: name, unit, median, range, runs. Also writes them to run/bench.json. What takes minutes
            is measured only when --only names it.
            """
    )

    @Option(help: "Measure only these parts, separated by commas: \(BenchmarkPart.names).")
    var only: PartsArgument?

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
        let context = BenchmarkContext(runs: self.runs, children: ChildProcesses())
        await context.children.endWithSignals()
        var figures: [Figure] = []
        do {
            #if DEBUG
                print("a debug build: these figures mean nothing")
            #endif
            for part in self.only?.parts ?? BenchmarkPart.allCases.filter({ !$0.isHeavy }) {
                let measured = try await part.measure(context)
                for figure in measured { print(figure.line) }
                figures += measured
            }
            try FigureFile(figures).write(to: "run/bench.json")
        } catch {
            await context.children.killAll()
            throw BenchmarkError("benchmarks: \(error)")
        }
    }
}

/// Parts, separated by commas.
struct PartsArgument: ExpressibleByArgument {
    var parts: [BenchmarkPart]

    init?(argument: String) {
        self.parts = []
        for name in argument.split(separator: ",") {
            guard let part = BenchmarkPart(rawValue: String(name)) else { return nil }
            self.parts.append(part)
        }
        guard !self.parts.isEmpty else { return nil }
    }
}

extension EngineBenchmark.Kind: ExpressibleByArgument {}

extension BenchmarkPart {
    fileprivate static var names: String { Self.allCases.map(\.rawValue).joined(separator: ", ") }

    fileprivate func measure(_ context: BenchmarkContext) async throws -> [Figure] {
        let (runs, children) = (context.runs, context.children)
        switch self {
        case .engine:
            return try await EngineBenchmark(runs: runs).measure()
                + EngineMemory(runs: runs, children: children).measure()
        case .raft:
            return try await LogStoreBenchmark(runs: runs).measure() + SnapshotBenchmark(runs: runs).measure()
                + RaftBenchmark(runs: runs).measure()
        case .queue: return QueueBenchmark(runs: runs).measure()
        case .codec: return try CodecBenchmark(runs: runs).measure()
        case .lease:
            return try await ColdStartBenchmark(runs: runs, children: children).measure()
                + LocalCluster.with(controllers: 3, children) { cluster in
                    try await ClaimBenchmark(runs: runs, cluster: cluster).measure()
                } + ExtendBenchmark(runs: runs, children: children).measure()
        case .failover:
            return try await LocalCluster.with(controllers: 3, children) { cluster in
                try await FailoverBenchmark(runs: 20, cluster: cluster).measure()
            }
        case .refusal: return try await RefusalBenchmark(runs: runs, children: children).measure()
        case .leases600k: return try await ManyLeasesBenchmark(children: children).measure()
        case .overload: return try await OverloadBenchmark(children: children).measure()
        }
    }
}
