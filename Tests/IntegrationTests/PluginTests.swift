import ClusterIdentity
import Foundation
import RPC
import Testing

@Suite(.serialized) struct PluginTests {
    @Test("a plugin made from the template is loaded, says where it came from, fails, and runs again")
    func template() async throws {
        let cluster = try TestCluster(size: 1, start: false)
        let plugins = try PluginWorkshop(cluster)
        try plugins.makeSDK()
        try plugins.buildTemplate()
        try cluster.start(1)
        try await cluster.leader()
        let client = try await cluster.connect(1)
        try await eventually("the plugin's worker runs") { try await Self.state("leader-notice", client) == "ready" }
        let report = try await client.call(facade: "Engine", version: 1, method: "Report")
        let origins = (report["manifolds"]?.array ?? []).map {
            "\($0["name"]?.string ?? ""): \($0["origin"]?.string ?? "")"
        }
        #expect(origins.contains("leader-notice: LeaderNotice.so"))
        #expect(origins.contains("raft: built in"))

        _ = try await client.engine("Fail", "leader-notice")
        try await eventually("it was started again") { try await client.startCount(of: "leader-notice") > 1 }
        try await eventually("it runs again") { try await Self.state("leader-notice", client) == "ready" }
        // Its input is another worker, of the agent: when that one is bounced, so is the plugin's, first.
        let starts = try await client.startCount(of: "leader-notice")
        _ = try await client.engine("Bounce", "global-clock-updater")
        try await eventually("it was bounced with its input") {
            try await client.startCount(of: "leader-notice") > starts
        }
        #expect(cluster.log(1).contains("this controller leads now"))
        let why = try await client.engine("Why", "leader-notice")
        #expect(why["text"]?.string?.contains("leader-notice [LeaderNotice.so]") == true)
        let graph = try await client.call(facade: "Engine", version: 1, method: "Graph", params: ["format": "dot"])
        #expect(graph["text"]?.string?.contains("LeaderNotice.so") == true)
        await client.close()
        #expect(cluster.terminate(1) == 0)
    }

    @Test("plugins that do not fit are refused with their reasons, and keep neither the agent nor another from running")
    func refused() async throws {
        let cluster = try TestCluster(size: 1, start: false)
        let plugins = try PluginWorkshop(cluster)
        try plugins.makeSDK()
        try plugins.buildTemplate()
        try plugins.buildTemplate(named: "Again")
        try plugins.buildWithOwnEngine(named: "Carrier")
        try plugins.buildThrowing(named: "Thrower", "settings.json is missing")
        try plugins.replaceStamp(from: "build=", with: "build=00")
        try plugins.buildTemplate(named: "Old")
        try cluster.start(1)
        try await cluster.leader()
        let listed = try cluster.holdfast("engine", "plugins")
        #expect(listed.status == 0)
        let lines = listed.output.split(separator: "\n").map(String.init)
        func line(_ plugin: String) -> String { lines.first { $0.hasPrefix("\(plugin).so") } ?? "" }
        // By name: the first to bring a worker keeps it.
        #expect(line("Again").contains("loaded"))
        #expect(line("Carrier").contains("carries an engine of its own"))
        #expect(line("LeaderNotice").contains("has a manifold leader-notice, which plugin Again.so"))
        #expect(line("Old").contains("was built for build 00"))
        #expect(line("Thrower").contains("gave no manifolds: settings.json is missing"))
        #expect(cluster.log(1).contains("Carrier.so carries an engine of its own"))
        #expect(try cluster.holdfast("engine", "report").output.contains("leader-notice [Again.so]"))
        #expect(cluster.terminate(1) == 0)

        try plugins.configure(#""require-plugins": true"#)
        try cluster.start(1)
        #expect(cluster.waitForEnd(1) == 78)
    }

    @Test("a plugin directory that is missing, or that others may write to, keeps the agent from starting")
    func directory() async throws {
        let cluster = try TestCluster(size: 1, start: false)
        let plugins = try PluginWorkshop(cluster)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: plugins.directory)
        try cluster.start(1)
        #expect(cluster.waitForEnd(1) == 78)
        #expect(cluster.log(1).contains("chmod go-w \(plugins.directory)"))
        try FileManager.default.removeItem(atPath: plugins.directory)
        try cluster.start(1)
        #expect(cluster.waitForEnd(1) == 78)
        #expect(cluster.log(1).contains("\(plugins.directory) does not exist"))
    }

    private static func state(_ worker: String, _ client: RPCClient) async throws -> String? {
        try await client.engine("Why", worker)["explanation"]?["state"]?.string
    }
}

/// Makes plugins for one controller of a test's cluster, with the tools that a plugin's author has.
struct PluginWorkshop {
    let directory: String
    private let sdk: String
    private let configuration: String
    private let address: String
    /// Where this package's sources are.
    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    init(_ cluster: TestCluster) throws {
        self.directory = "\(cluster.directory)/plugins"
        self.sdk = "\(cluster.directory)/sdk"
        self.configuration = "\(cluster.directory)/1/holdfastd.json"
        self.address = try #require(cluster.servers.first).address
        try FileManager.default.createDirectory(
            atPath: self.directory,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o755]
        )
        try self.configure()
    }

    func configure(_ more: String? = nil) throws {
        let fields = [
            #""data-directory": "data""#, #""listen": "\#(self.address)""#, #""fault-injection": true"#,
            #""plugin-directory": "../plugins""#,
        ]
        try "{\((fields + (more.map { [$0] } ?? [])).joined(separator: ", "))}"
            .write(toFile: self.configuration, atomically: true, encoding: .utf8)
    }

    func makeSDK() throws {
        try self.run(["\(self.root)/Scripts/plugin-sdk", "--build", Self.build, "--output", self.sdk])
    }

    func buildTemplate(named name: String = "LeaderNotice", linking objects: [String] = []) throws {
        try self.run(
            [
                "\(self.root)/Examples/PluginTemplate/build", "--sdk", self.sdk, "--name", name,
                "--output", self.directory, "--debug", "--",
            ] + objects
        )
    }

    /// The template with an entry that throws `text`.
    func buildThrowing(named name: String, _ text: String) throws {
        let template = URL(fileURLWithPath: self.sdk).deletingLastPathComponent().appendingPathComponent("thrower").path
        try FileManager.default.copyItem(atPath: "\(self.root)/Examples/PluginTemplate", toPath: template)
        let source = """
            import DependencyEngine
            import EnginePlugins

            struct Problem: Error, CustomStringConvertible { var description: String { "\(text)" } }

            enum Plugin: EnginePlugin {
                static func graph(_ context: PluginContext) throws -> Graph { throw Problem() }
            }
            """
        try source.write(toFile: "\(template)/Sources/Plugin.swift", atomically: true, encoding: .utf8)
        try self.run([
            "\(template)/build", "--sdk", self.sdk, "--name", name, "--output", self.directory, "--debug",
        ])
    }

    func replaceStamp(from mark: String, with text: String) throws {
        let file = "\(self.sdk)/stamp.c"
        let old = try String(contentsOfFile: file, encoding: .utf8)
        let start = try #require(old.range(of: mark)).lowerBound
        try "\(old[..<start])\(text)\";\n".write(toFile: file, atomically: true, encoding: .utf8)
    }

    /// What a dynamic product is: the same sources with the engine's objects linked in.
    func buildWithOwnEngine(named name: String) throws {
        let objects = "\(Self.build)/DependencyEngine.build"
        let names = try FileManager.default.contentsOfDirectory(atPath: objects).filter { $0.hasSuffix(".o") }
        try #require(!names.isEmpty)
        try self.buildTemplate(named: name, linking: names.map { "\(objects)/\($0)" })
    }

    private static var build: String { program("holdfastd").deletingLastPathComponent().path }

    private func run(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(arguments): \(String(decoding: text, as: UTF8.self))")
    }
}
