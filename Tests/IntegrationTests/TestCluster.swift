import ClusterIdentity
import Foundation
import HoldfastAgent
import NIOPosix
import NIOSSL
import RPC
import Testing

/// Real controllers, each a process of its own, on ports and in a directory nobody else has.
final class TestCluster {
    let directory: String
    let servers: [ClusterServer]
    private var processes: [UInt64: Process] = [:]
    private let token: String
    private let model: String
    private let tls: NIOSSLContext

    /// Makes the cluster's files and starts every controller.
    init(size: Int = 3, start: Bool = true) throws {
        let directory = NSTemporaryDirectory() + "holdfast-\(UUID().uuidString)"
        self.servers = try freePorts(size).enumerated().map { index, port in
            ClusterServer(id: UInt64(index + 1), address: "127.0.0.1:\(port)")
        }
        self.directory = directory
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let bootstrap = Bootstrap(directory: directory, servers: self.servers, faultInjection: true)
        try bootstrap.write()
        let client = try JSONValue.parse([UInt8](Data(contentsOf: URL(fileURLWithPath: bootstrap.clientFile))))
        self.token = try #require(client["token"]?.string)
        self.model = try #require(client["model"]?.string)
        var configuration = TLSConfiguration.makeClientConfiguration()
        let authority = try #require(client["ca-certificate"]?.string)
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.utf8)))
        self.tls = try NIOSSLContext(configuration: configuration)
        if start { for server in self.servers { try self.start(server.id) } }
    }

    deinit {
        for process in self.processes.values where process.isRunning { kill(process.processIdentifier, SIGKILL) }
        for process in self.processes.values { process.waitUntilExit() }
        try? FileManager.default.removeItem(atPath: self.directory)
    }

    var clientFile: String { "\(self.directory)/client.json" }
    func dataDirectory(_ id: UInt64) -> String { "\(self.directory)/\(id)/data" }
    func log(_ id: UInt64) -> String {
        (try? String(contentsOfFile: "\(self.directory)/\(id)/log", encoding: .utf8)) ?? ""
    }

    // MARK: Processes

    func start(_ id: UInt64) throws {
        let process = Process()
        process.executableURL = program("holdfastd")
        process.arguments = ["run", "--config", "\(self.directory)/\(id)/holdfastd.json"]
        let log = "\(self.directory)/\(id)/log"
        if !FileManager.default.fileExists(atPath: log) { try Data().write(to: URL(fileURLWithPath: log)) }
        let handle = try #require(FileHandle(forWritingAtPath: log))
        try handle.seekToEnd()
        process.standardError = handle
        process.standardOutput = handle
        try process.run()
        self.processes[id] = process
    }

    /// Sets fields of a controller's configuration; it takes them at its start, or some of them at `reload`.
    func configure(_ id: UInt64, _ fields: [String: Any]) throws {
        let file = URL(fileURLWithPath: "\(self.directory)/\(id)/holdfastd.json")
        var all = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        all.merge(fields) { _, new in new }
        try JSONSerialization.data(withJSONObject: all).write(to: file)
    }

    /// Tells a controller to read its configuration again.
    func reload(_ id: UInt64) {
        guard let process = self.processes[id] else { return }
        kill(process.processIdentifier, SIGHUP)
    }

    /// Ends a controller as a crash would.
    func kill9(_ id: UInt64) {
        guard let process = self.processes.removeValue(forKey: id) else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Asks a controller to stop and waits for its end; returns its exit status.
    func terminate(_ id: UInt64) -> Int32 {
        guard let process = self.processes.removeValue(forKey: id) else { return -1 }
        process.terminate()
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Waits for a controller that ends by itself, at most a minute; returns its exit status.
    func waitForEnd(_ id: UInt64) -> Int32 {
        guard let process = self.processes.removeValue(forKey: id) else { return -1 }
        let limit = DispatchSource.makeTimerSource()
        limit.schedule(deadline: .now() + 60)
        limit.setEventHandler { kill(process.processIdentifier, SIGKILL) }
        limit.resume()
        defer { limit.cancel() }
        process.waitUntilExit()
        return process.terminationStatus
    }

    // MARK: Clients

    /// A connection to one controller, logged in as the administrator.
    func connect(_ id: UInt64) async throws -> RPCClient {
        let server = try #require(self.servers.first { $0.id == id })
        let address = try HostAndPort(server.address)
        let client = try await RPCClient.connect(
            host: address.host,
            port: address.port,
            tls: self.tls,
            group: MultiThreadedEventLoopGroup.singleton
        )
        _ = try await client.call(
            facade: "Admin",
            version: 3,
            method: "Login",
            params: ["auth-tag": "user-admin", "credentials": .string(self.token)]
        )
        return client
    }

    /// What a controller's port answers to a plain question.
    func get(_ path: String, of id: UInt64) async throws -> HTTPGet.Answer {
        let server = try #require(self.servers.first { $0.id == id })
        let address = try HostAndPort(server.address)
        let get = HTTPGet(host: address.host, port: address.port, tls: self.tls)
        return try await get(path, on: MultiThreadedEventLoopGroup.singleton)
    }

    /// The first connection that can be made to any running controller but those in `except`, tried until one can.
    func connectToAny(except: Set<UInt64> = []) async throws -> RPCClient {
        try await eventually("a controller answers") {
            for id in self.processes.keys.sorted() where !except.contains(id) {
                if let client = try? await self.connect(id) { return client }
            }
            return nil
        }
    }

    /// The leader's id once every running controller follows it.
    @discardableResult
    func leader(except: Set<UInt64> = []) async throws -> UInt64 {
        try await eventually("every controller knows one leader") {
            var leaders: Set<Int64> = []
            for id in self.processes.keys where !except.contains(id) {
                guard let client = try? await self.connect(id),
                    let status = try? await client.call(facade: "Cluster", version: 1, method: "Status"),
                    let leader = status["leader"]?["id"]?.int
                else { return nil }
                leaders.insert(leader)
                await client.close()
            }
            guard leaders.count == 1, let leader = leaders.first else { return nil }
            return UInt64(leader)
        }
    }

    /// Runs the `holdfast` command against this cluster; returns its exit status and what it printed.
    func holdfast(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
        try self.holdfast(arguments)
    }

    func holdfast(_ arguments: [String]) throws -> (status: Int32, output: String, errors: String) {
        let process = Process()
        process.executableURL = program("holdfast")
        process.arguments = arguments
        process.environment = ["HOLDFAST_CONFIG": self.clientFile, "PATH": "/usr/bin:/bin"]
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let complaints = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: text, as: UTF8.self),
            String(decoding: complaints, as: UTF8.self)
        )
    }
}

/// A program of this package, beside the test bundle.
func program(_ name: String) -> URL {
    Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL.deletingLastPathComponent()
        .appendingPathComponent(name)
        ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(name)
}

/// Asks again until it is true; see the one that waits for a value.
func eventually(_ what: String, _ body: () async throws -> Bool) async throws {
    let _: Bool = try await eventually(what) { try await body() ? true : nil }
}

/// Asks again until there is an answer; gives up loudly after a minute.
///
/// Between real processes there is no event to wait for; the pause is the poll's, not a guess at how long things take.
func eventually<Value>(
    _ what: String,
    within limit: Duration = .seconds(60),
    _ body: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if let value = try await body() { return value }
        try await Task.sleep(for: .milliseconds(50))
    }
    throw Timeout(what: what)
}

struct Timeout: Error, CustomStringConvertible {
    var what: String
    var description: String { "waited in vain until \(self.what)" }
}

/// Ports that were free a moment ago; a controller's address is fixed at bootstrap, before anything listens.
private func freePorts(_ count: Int) throws -> [Int] {
    var sockets: [Int32] = []
    defer { for socket in sockets { close(socket) } }
    return try (0..<count).map { _ in
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        sockets.append(socket)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port: UInt16? = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                guard bind(socket, $0, length) == 0, getsockname(socket, $0, &length) == 0 else { return nil }
                return $0.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    UInt16(bigEndian: $0.pointee.sin_port)
                }
            }
        }
        return Int(try #require(port))
    }
}
