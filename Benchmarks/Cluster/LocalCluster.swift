import FoundationEssentials
import Glibc
import HoldfastClient

/// Controllers on free ports of this machine with their state in a temporary directory: TLS and durable writes as always.
actor LocalCluster {
    private let directory: String
    private let agent: String
    private let children: ChildProcesses
    private var running: [Int: ChildProcess] = [:]
    /// Of the controllers with ids 1, 2, 3, …
    nonisolated let ports: [Int]
    nonisolated let configuration: ClientConfiguration

    /// Makes the files of a new cluster; nothing runs yet.
    init(controllers: Int, children: ChildProcesses) async throws {
        self.children = children
        self.agent = try Self.agentPath()
        self.ports = try LoopbackPorts.free(controllers)
        self.directory = try await children.makeDirectory()
        var command = [self.agent, "bootstrap", "--directory", "\(self.directory)/cluster"]
        for (index, port) in self.ports.enumerated() {
            command += ["--controller", "\(index + 1)=127.0.0.1:\(port)"]
        }
        let log = "\(self.directory)/bootstrap.log"
        let bootstrap = try await children.spawn(command, log: log)
        guard await children.status(of: bootstrap) == 0 else {
            throw BenchmarkError("\(command.joined(separator: " ")) failed: see \(log)")
        }
        self.configuration = try ClientConfiguration.load(path: "\(self.directory)/cluster/client.json")
    }

    /// A new cluster whose controllers all run and agree on a leader.
    static func start(controllers: Int, children: ChildProcesses) async throws -> LocalCluster {
        let cluster = try await LocalCluster(controllers: controllers, children: children)
        for id in 1...controllers { try await cluster.startController(id) }
        _ = try await cluster.leader()
        return cluster
    }

    func startController(_ id: Int) async throws {
        self.running[id] = try await self.children.spawn(
            [self.agent, "run", "--config", "\(self.directory)/cluster/\(id)/holdfastd.json"],
            log: "\(self.directory)/\(id).log"
        )
    }

    /// Ends a controller as a power cut would.
    func killController(_ id: Int) async {
        guard let child = self.running.removeValue(forKey: id) else { return }
        await self.children.end(child, with: SIGKILL)
    }

    /// Ends all controllers and removes their state.
    func stop(keepingLogs: Bool = false) async {
        for child in self.running.values { await self.children.end(child, with: SIGTERM) }
        self.running = [:]
        if keepingLogs {
            print("the controllers' logs are in \(self.directory)")
        } else {
            await self.children.removeDirectory(self.directory)
        }
    }

    /// A client that knows only these controllers; the caller closes it.
    nonisolated func client(of ids: [Int]) throws -> LeaseClient {
        var configuration = self.configuration
        configuration.controllers = ids.map { "127.0.0.1:\(self.ports[$0 - 1])" }
        return try LeaseClient(configuration)
    }

    /// The leader's id, once all controllers that run agree on it and have what it has.
    func leader() async throws -> Int {
        let ids = self.running.keys.sorted()
        let client = try self.client(of: ids)
        defer { Task { await client.close() } }
        let deadline = ContinuousClock.now + .seconds(30)
        var problem = ""
        while ContinuousClock.now < deadline {
            let statuses = await client.controllerStatuses()
            let leaders = Set(statuses.map(\.leaderID))
            let applied = statuses.map { $0.appliedIndex ?? 0 }
            if let leader = leaders.first ?? nil, leaders.count == 1, statuses.allSatisfy(\.isReachable),
                statuses.contains(where: { $0.id == leader && $0.role == "leader" }),
                (applied.max() ?? 0) - (applied.min() ?? 0) < 16
            {
                return Int(leader)
            }
            problem = statuses.map { "\($0.address) \($0.problem ?? $0.role)" }.joined(separator: "; ")
            try await Task.sleep(for: .milliseconds(50), clock: .continuous)
        }
        throw BenchmarkError("no leader after 30 s: \(problem); logs are in \(self.directory)")
    }

    /// The agent that was built with this program.
    private static func agentPath() throws -> String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        guard count > 0 else { throw BenchmarkError("this program cannot tell where it is") }
        let own = String(decoding: path.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let agent = URL(filePath: own).deletingLastPathComponent().appending(path: "holdfastd").path
        guard access(agent, X_OK) == 0 else { throw BenchmarkError("\(agent) is missing: build holdfastd first") }
        return agent
    }
}
