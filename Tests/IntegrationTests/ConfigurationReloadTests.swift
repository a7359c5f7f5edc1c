import AgentResources
import ClusterIdentity
import Foundation
import HoldfastAgent
import Logging
import Testing

@Suite struct ConfigurationReloadTests {
    private func running() throws -> AgentConfiguration {
        AgentConfiguration(dataDirectory: "/d", listen: try HostAndPort("localhost:17070"))
    }

    @Test("transport and log level are taken from a file read again")
    func taken() throws {
        var file = try self.running()
        file.leaseTransport = .pubsub
        file.logLevel = .debug
        let (taken, needsRestart) = try self.running().reloaded(from: file)
        #expect(taken == file && needsRestart.isEmpty)
    }

    @Test("whatever else differs is named and not taken")
    func notTaken() throws {
        var file = try self.running()
        file.leaseTransport = .pubsub
        file.listen = try HostAndPort("localhost:17071")
        file.heartbeatMilliseconds = 60
        let (taken, needsRestart) = try self.running().reloaded(from: file)
        #expect(needsRestart == ["listen", "raft.heartbeat-ms"])
        var expected = try self.running()
        expected.leaseTransport = .pubsub
        #expect(taken == expected)
    }

    @Test("every setting that is not taken has a name")
    func names() throws {
        let file = AgentConfiguration(
            dataDirectory: "/e",
            listen: try HostAndPort("localhost:17071"),
            logLevel: .debug,
            leaseTransport: .pubsub,
            faultInjection: true,
            faultInjectionAppendMilliseconds: 1,
            batchOperations: 1,
            batchBytes: 1,
            electionTimeoutMilliseconds: 1,
            heartbeatMilliseconds: 1,
            snapshotThreshold: 1,
            trailingEntries: 1,
            pluginDirectory: "/p",
            requiresPlugins: true
        )
        let settings = Mirror(reflecting: file).children.count
        let named = try self.running().reloaded(from: file).needsRestart
        #expect(named.count == settings - 2 && Set(named).count == named.count && !named.contains("others"))
    }

    @Test("an unknown transport is refused with those there are")
    func unknown() throws {
        let path = NSTemporaryDirectory() + "holdfast-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let text = #"{"data-directory": "d", "listen": "localhost:17070", "lease-transport": "pigeon"}"#
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: ConfigurationError.self) { try AgentConfiguration.load(path: path) }
        #expect(error?.description.hasSuffix("\"lease-transport\" is none of api, pubsub") == true)
    }
}
