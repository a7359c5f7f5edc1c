import Consensus
import FoundationEssentials
import LogStore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A log in a directory of its own that goes when the test does.
final class TemporaryLog: Sendable {
    static let configuration = ClusterConfiguration(servers: [
        Server(id: ServerID(1), address: "127.0.0.1:17070"), Server(id: ServerID(2), address: "127.0.0.1:17071"),
        Server(id: ServerID(3), address: "[::1]:17072"),
    ])

    let directory: String
    var path: String { "\(self.directory)/raft.db" }

    init() throws {
        var template = Array("/tmp/holdfast-log-XXXXXX\0".utf8).map { CChar(bitPattern: $0) }
        guard mkdtemp(&template) != nil else { throw LogStoreError(.writeFailed, "mkdtemp failed") }
        self.directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: self.directory) }

    func create() throws {
        try SQLiteLogStore.create(
            path: self.path,
            clusterID: "cluster-a",
            serverID: ServerID(1),
            configuration: Self.configuration
        )
    }

    func open(cluster: String = "cluster-a", server: UInt64 = 1, name: String? = nil) throws -> SQLiteLogStore {
        try SQLiteLogStore.open(
            path: name.map { "\(self.directory)/\($0)" } ?? self.path,
            clusterID: cluster,
            serverID: ServerID(server)
        )
    }

    func created() throws -> SQLiteLogStore {
        try self.create()
        return try self.open()
    }

    func bytes(_ suffix: String = "") throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: self.path + suffix)))
    }

    func write(_ bytes: [UInt8], as name: String) throws {
        try Data(bytes).write(to: URL(filePath: "\(self.directory)/\(name)"))
    }
}

/// The code of the error `body` throws, `nil` when it throws none of ours.
func code(_ body: () throws -> Void) -> LogStoreError.Code? {
    do { try body() } catch { return (error as? LogStoreError)?.code }
    return nil
}

func command(_ text: String, term: Term = 1) -> Entry {
    Entry(term: term, kind: .command, payload: Array(text.utf8))
}

func snapshot(at index: LogIndex, term: Term = 1, data: String = "state") -> Snapshot {
    Snapshot(
        index: index,
        term: term,
        configuration: TemporaryLog.configuration,
        configurationIndex: 1,
        data: Array(data.utf8)
    )
}
