import FoundationEssentials
import Glibc
import HoldfastClient
import LoadReport

/// One run of `leaseclaimer` against a cluster, as a process of its own.
struct LoadProcess: Sendable {
    let cluster: LocalCluster
    let children: ChildProcesses

    /// Runs the load to its end and reads what it came to; broken promises are in the result, not thrown.
    func run(_ arguments: [String], label: String = "") async throws -> LoadResult {
        try await self.start(arguments, label: label).result()
    }

    /// Starts the load; the cluster's processes are watched.
    func start(_ arguments: [String], label: String = "") async throws -> RunningLoad {
        let name = UUID().uuidString.lowercased()
        let (output, log) = (self.cluster.file("\(name).json"), self.cluster.file("\(name).log"))
        let watched = await self.cluster.processes.values.sorted().map(String.init).joined(separator: ",")
        let command =
            [try Self.program(), "run", "--output", output, "--label", label, "--watch-pids", watched] + arguments
        let child = try await self.children.spawn(
            command,
            log: log,
            environment: ["HOLDFAST_CONFIG": self.cluster.clientFile]
        )
        return RunningLoad(child: child, children: self.children, command: command, output: output, log: log)
    }

    /// The one that was built with this program.
    private static func program() throws -> String {
        let path = URL(filePath: try LocalCluster.agentPath()).deletingLastPathComponent()
            .appending(path: "leaseclaimer").path
        guard access(path, X_OK) == 0 else { throw BenchmarkError("\(path) is missing: build leaseclaimer first") }
        return path
    }
}

/// A load under way.
struct RunningLoad: Sendable {
    let child: ChildProcess
    let children: ChildProcesses
    let command: [String]
    let output: String
    let log: String

    /// What it came to, once it has ended.
    func result() async throws -> LoadResult {
        _ = await self.children.status(of: self.child)
        guard let data = FileManager.default.contents(atPath: self.output) else {
            let said = FileManager.default.contents(atPath: self.log).map { String(decoding: $0, as: UTF8.self) } ?? ""
            throw BenchmarkError("\(self.command.joined(separator: " ")) failed: \(said.suffix(2_000))")
        }
        return try LoadResult(json: data)
    }
}

extension LoadResult {
    /// What was granted of a class, a second, over the seconds of which nothing is warming up or ending.
    func goodput(of operation: String, from start: Double = 1, to end: Double = .infinity) -> Double {
        let seconds = self.seconds.dropLast().filter { $0.at > start && $0.at <= end }
        guard !seconds.isEmpty else { return 0 }
        return Double(seconds.reduce(0) { $0 + ($1.classes[operation]?.goodput ?? 0) }) / Double(seconds.count)
    }
}
