import ClusterIdentity
import Foundation
import HoldfastAgent
import Testing

@Suite(.serialized) struct BadInputTests {
    /// Starts controller 1 and returns its exit status and last words.
    private func end(of cluster: TestCluster) throws -> (status: Int32, log: String) {
        try cluster.start(1)
        return (cluster.waitForEnd(1), cluster.log(1))
    }

    @Test("a data directory in use is refused with the other agent's process, and the other goes on")
    func inUse() async throws {
        let cluster = try TestCluster(size: 1)
        try await cluster.leader()
        let configuration = "\(cluster.directory)/second.json"
        try #"{"data-directory": "1/data", "listen": "127.0.0.1:0"}"#
            .write(toFile: configuration, atomically: true, encoding: .utf8)
        let second = Process()
        second.executableURL = program("holdfastd")
        second.arguments = ["run", "--config", configuration]
        let errors = Pipe()
        second.standardError = errors
        try second.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        second.waitUntilExit()
        #expect(second.terminationStatus == 1)
        #expect(text.contains("is in use by another agent (process "))
        let client = try await cluster.connect(1)
        #expect(try await client.claim("db", holder: "a").outcome == "applied")
    }

    @Test("a data directory of another cluster is refused, and nothing in it changes")
    func foreignDirectory() throws {
        let ours = try TestCluster(size: 1, start: false)
        let theirs = try TestCluster(size: 1, start: false)
        let log = ours.dataDirectory(1) + "/raft.db"
        try FileManager.default.removeItem(atPath: log)
        try FileManager.default.copyItem(atPath: theirs.dataDirectory(1) + "/raft.db", toPath: log)
        let before = try Data(contentsOf: URL(fileURLWithPath: log))
        let (status, words) = try self.end(of: ours)
        #expect(status == 1)
        #expect(words.contains("belongs to cluster"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: log)) == before)
    }

    @Test("a lost log is refused instead of forgotten: a lost disk means a new id")
    func lostLog() throws {
        let cluster = try TestCluster(size: 1, start: false)
        try FileManager.default.removeItem(atPath: cluster.dataDirectory(1) + "/raft.db")
        let (status, words) = try self.end(of: cluster)
        #expect(status == 1)
        #expect(words.contains("raft.db"))
    }

    @Test("a log that is no database is refused, and nothing in it changes")
    func corruptLog() throws {
        let cluster = try TestCluster(size: 1, start: false)
        let log = cluster.dataDirectory(1) + "/raft.db"
        let garbage = Data(repeating: 0x5A, count: 8_192)
        try garbage.write(to: URL(fileURLWithPath: log))
        let (status, words) = try self.end(of: cluster)
        #expect(status == 1)
        #expect(words.contains("raft.db"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: log)) == garbage)
    }

    @Test("an expired certificate ends the agent with its dates")
    func expiredCertificate() throws {
        let cluster = try TestCluster(size: 1, start: false)
        let authority = CertificateAndKey(
            certificate: try String(contentsOfFile: cluster.directory + "/authority/ca.pem", encoding: .utf8),
            privateKey: try String(contentsOfFile: cluster.directory + "/authority/ca.key", encoding: .utf8)
        )
        let files = IdentityFiles(directory: cluster.dataDirectory(1) + "/identity")
        let old = try ClusterAuthority(clusterID: files.load().clusterID, pem: authority)
            .issue(to: cluster.servers[0], now: Date() - 7_200, validFor: 3_600)
        try writePrivate(old.certificate, to: files.certificate)
        try writePrivate(old.privateKey, to: files.privateKey)
        let (status, words) = try self.end(of: cluster)
        #expect(status == 1)
        #expect(words.contains("issue it anew"))
    }

    @Test("a port in use is said in one sentence, and served once it is free")
    func portInUse() async throws {
        let first = try TestCluster(size: 1)
        try await first.leader()
        let second = try TestCluster(size: 1, start: false)
        let configuration = "\(second.directory)/1/holdfastd.json"
        try #"{"data-directory": "data", "listen": "\#(first.servers[0].address)"}"#
            .write(toFile: configuration, atomically: true, encoding: .utf8)
        try second.start(1)
        try await eventually("the port's owner is asked for") {
            second.log(1).contains("in use")
        }
        #expect(first.terminate(1) == 0)
        try await eventually("the freed port is served") {
            second.log(1).contains("apiserver ready")
        }
    }

    @Test(
        "a configuration that cannot be used is refused with the field's name and status 78",
        arguments: [
            (#"{"listen": "h:1"}"#, "data-directory"), (#"{"data-directory": "d", "listen": "h"}"#, "listen"),
            (#"{"data-directory": "d", "listen": "h:1", "colour": 1}"#, "colour"),
            (#"{"data-directory": "d", "listen": "h:1", "raft": {"heartbeat-ms": -1}}"#, "heartbeat-ms"),
            (#"{"data-directory": "d", "listen": "h:1", "batch-operations": 0}"#, "batch-operations"),
            (#"{"data-directory": "d", "listen": "h:1", "batch-operations": 70000}"#, "batch-operations"),
            (#"{"data-directory": "d", "listen": "h:1", "batch-bytes": 4194304}"#, "batch-bytes"),
            (#"{"data-directory": "d", "listen": "h:1", "fault-injection-append-ms": 20}"#, "fault-injection"),
            (
                #"{"data-directory": "d", "listen": "h:1", "fault-injection": true, "fault-injection-append-ms": -1}"#,
                "fault-injection-append-ms"
            ),
            (#"{"data-directory": 1, "listen": "h:1"}"#, "data-directory"), ("nonsense", "JSON"),
        ]
    )
    func configuration(text: String, named: String) throws {
        let path = NSTemporaryDirectory() + "holdfast-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        do throws(ConfigurationError) {
            _ = try AgentConfiguration.load(path: path)
            Issue.record("the configuration was taken")
        } catch {
            #expect(error.description.contains(named))
        }
    }

    @Test("a configuration beyond its size limit is refused")
    func largeConfiguration() throws {
        let path = NSTemporaryDirectory() + "holdfast-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(repeating: 32, count: 2 << 20).write(to: URL(fileURLWithPath: path))
        #expect(throws: ConfigurationError.self) { try AgentConfiguration.load(path: path) }
    }

    @Test("bootstrap leaves an existing cluster alone")
    func bootstrapTwice() throws {
        let cluster = try TestCluster(size: 1, start: false)
        #expect(throws: (any Error).self) {
            try Bootstrap(directory: cluster.directory, servers: cluster.servers).write()
        }
    }
}
