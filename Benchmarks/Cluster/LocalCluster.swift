import FoundationEssentials
import Glibc
import HoldfastClient
import NIOCore
import NIOPosix
import NIOSSL
import Prometheus
import RPC

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
    init(_ settings: ClusterSettings, children: ChildProcesses) async throws {
        let controllers = settings.controllers
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
        for id in 1...controllers {
            let file = URL(filePath: "\(self.directory)/cluster/\(id)/holdfastd.json")
            try Data(settings.apply(to: Array(Data(contentsOf: file)))).write(to: file)
        }
    }

    /// A new cluster whose controllers all run and agree on a leader.
    static func start(_ settings: ClusterSettings, children: ChildProcesses) async throws -> LocalCluster {
        let cluster = try await LocalCluster(settings, children: children)
        for id in 1...settings.controllers { try await cluster.startController(id) }
        _ = try await cluster.leader()
        return cluster
    }

    /// Runs `body` with a new cluster and ends the cluster afterwards; its logs stay when `body` throws.
    static func with<Value: Sendable>(
        controllers: Int,
        _ children: ChildProcesses,
        _ body: (LocalCluster) async throws -> Value
    ) async throws -> Value {
        try await self.with(ClusterSettings(controllers: controllers), children, body)
    }

    /// The same with a configuration of its own.
    static func with<Value: Sendable>(
        _ settings: ClusterSettings,
        _ children: ChildProcesses,
        _ body: (LocalCluster) async throws -> Value
    ) async throws -> Value {
        let cluster = try await LocalCluster.start(settings, children: children)
        do {
            let value = try await body(cluster)
            await cluster.stop()
            return value
        } catch {
            await cluster.stop(keepingLogs: true)
            throw error
        }
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

    /// Ends a controller as an operator would.
    func stopController(_ id: Int) async {
        guard let child = self.running.removeValue(forKey: id) else { return }
        await self.children.end(child, with: SIGTERM)
    }

    // MARK: Looking at controllers

    /// The file to name in `HOLDFAST_CONFIG`.
    nonisolated var clientFile: String { "\(self.directory)/cluster/client.json" }

    /// Where more files may go, which end with the cluster.
    nonisolated func file(_ name: String) -> String { "\(self.directory)/\(name)" }

    /// The process ids of the controllers that run, by their own ids.
    var processes: [Int: pid_t] { self.running.mapValues(\.id) }

    /// What each controller that runs uses.
    func processFigures() throws -> [Int: ProcessFigures] {
        try self.processes.mapValues { try ProcessFigures(of: $0) }
    }

    /// What a scrape of a controller's metrics gets.
    nonisolated func metrics(of id: Int) async throws -> ScrapedMetrics {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(self.configuration.caCertificate.utf8)))
        let get = HTTPGet(host: "127.0.0.1", port: self.ports[id - 1], tls: try NIOSSLContext(configuration: tls))
        let answer = try await get("/metrics", on: MultiThreadedEventLoopGroup.singleton)
        return try ScrapedMetrics(String(decoding: answer.body.readableBytesView, as: UTF8.self))
    }

    // MARK: The end

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
    static func agentPath() throws -> String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        guard count > 0 else { throw BenchmarkError("this program cannot tell where it is") }
        let own = String(decoding: path.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let agent = URL(filePath: own).deletingLastPathComponent().appending(path: "holdfastd").path
        guard access(agent, X_OK) == 0 else { throw BenchmarkError("\(agent) is missing: build holdfastd first") }
        return agent
    }
}
