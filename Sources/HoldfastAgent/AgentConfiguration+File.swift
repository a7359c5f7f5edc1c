import AgentResources
import ClusterIdentity
import FoundationEssentials
import Logging

extension AgentConfiguration {
    /// Reads and checks the file at `path`; relative paths inside it are relative to its directory.
    package static func load(path: String) throws(ConfigurationError) -> AgentConfiguration {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError("the configuration \(path) cannot be read: check the path and its permissions")
        }
        guard data.count <= Self.largestFile else {
            throw ConfigurationError("the configuration \(path) is larger than \(Self.largestFile) bytes")
        }
        let file: File
        do { file = try JSONDecoder().decode(File.self, from: data) } catch let error as ConfigurationError {
            throw ConfigurationError("\(path): \(error.description)")
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            throw ConfigurationError(
                "\(path): \"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" has the wrong type"
            )
        } catch DecodingError.keyNotFound(let key, _) {
            throw ConfigurationError("\(path): \"\(key.stringValue)\" is missing")
        } catch {
            throw ConfigurationError("\(path) is not a JSON object")
        }
        let parent = URL(filePath: path).standardizedFileURL.deletingLastPathComponent()
        return try file.checked(in: path, relativeTo: parent)
    }

    private static let largestFile = 1 << 20
}

/// The file as written; every key but `data-directory` and `listen` may be left out.
private struct File: Decodable {
    var dataDirectory: String
    var listen: String
    var logLevel: String?
    var leaseTransport: String?
    var faultInjection: Bool?
    var faultInjectionAppend: Int?
    var batchOperations: Int?
    var batchBytes: Int?
    var raft: Raft?
    var pluginDirectory: String?
    var requiresPlugins: Bool?

    struct Raft: Decodable {
        var electionTimeout: Int?
        var heartbeat: Int?
        var snapshotThreshold: Int?
        var trailingEntries: Int?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case electionTimeout = "election-timeout-ms"
            case heartbeat = "heartbeat-ms"
            case snapshotThreshold = "snapshot-threshold"
            case trailingEntries = "trailing-entries"
        }

        init(from decoder: any Decoder) throws {
            try refuseUnknownKeys(in: decoder, known: CodingKeys.allCases.map(\.rawValue))
            let values = try decoder.container(keyedBy: CodingKeys.self)
            self.electionTimeout = try values.decodeIfPresent(Int.self, forKey: .electionTimeout)
            self.heartbeat = try values.decodeIfPresent(Int.self, forKey: .heartbeat)
            self.snapshotThreshold = try values.decodeIfPresent(Int.self, forKey: .snapshotThreshold)
            self.trailingEntries = try values.decodeIfPresent(Int.self, forKey: .trailingEntries)
        }
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case raft, listen
        case dataDirectory = "data-directory"
        case logLevel = "log-level"
        case leaseTransport = "lease-transport"
        case faultInjection = "fault-injection"
        case faultInjectionAppend = "fault-injection-append-ms"
        case batchOperations = "batch-operations"
        case batchBytes = "batch-bytes"
        case pluginDirectory = "plugin-directory"
        case requiresPlugins = "require-plugins"
    }

    init(from decoder: any Decoder) throws {
        try refuseUnknownKeys(in: decoder, known: CodingKeys.allCases.map(\.rawValue))
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.dataDirectory = try values.decode(String.self, forKey: .dataDirectory)
        self.listen = try values.decode(String.self, forKey: .listen)
        self.logLevel = try values.decodeIfPresent(String.self, forKey: .logLevel)
        self.leaseTransport = try values.decodeIfPresent(String.self, forKey: .leaseTransport)
        self.faultInjection = try values.decodeIfPresent(Bool.self, forKey: .faultInjection)
        self.faultInjectionAppend = try values.decodeIfPresent(Int.self, forKey: .faultInjectionAppend)
        self.batchOperations = try values.decodeIfPresent(Int.self, forKey: .batchOperations)
        self.batchBytes = try values.decodeIfPresent(Int.self, forKey: .batchBytes)
        self.raft = try values.decodeIfPresent(Raft.self, forKey: .raft)
        self.pluginDirectory = try values.decodeIfPresent(String.self, forKey: .pluginDirectory)
        self.requiresPlugins = try values.decodeIfPresent(Bool.self, forKey: .requiresPlugins)
    }

    func checked(in path: String, relativeTo parent: URL) throws(ConfigurationError) -> AgentConfiguration {
        func within(_ value: Int?, _ name: String, _ range: ClosedRange<Int>, default: Int) throws(ConfigurationError)
            -> Int
        {
            let value = value ?? `default`
            guard range.contains(value) else {
                throw ConfigurationError(
                    "\(path): \"\(name)\" is \(value) and must be from \(range.lowerBound) to \(range.upperBound)"
                )
            }
            return value
        }
        guard !self.dataDirectory.isEmpty else {
            throw ConfigurationError("\(path): \"data-directory\" is empty: name the agent's state directory")
        }
        guard self.pluginDirectory != "" else {
            throw ConfigurationError("\(path): \"plugin-directory\" is empty: name a directory, or leave it out")
        }
        guard self.pluginDirectory != nil || self.requiresPlugins != true else {
            throw ConfigurationError(
                "\(path): \"require-plugins\" needs a \"plugin-directory\": name it, or leave both out"
            )
        }
        guard let level = Logger.Level(rawValue: self.logLevel ?? "info") else {
            throw ConfigurationError(
                "\(path): \"log-level\" is none of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        guard let transport = LeaseTransportKind(rawValue: self.leaseTransport ?? LeaseTransportKind.api.rawValue)
        else {
            let kinds = LeaseTransportKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError("\(path): \"lease-transport\" is none of \(kinds)")
        }
        let listen: HostAndPort
        do throws(IdentityError) { listen = try HostAndPort(self.listen) } catch {
            throw ConfigurationError("\(path): \"listen\": \(error.message)")
        }
        let appendDelay = try within(self.faultInjectionAppend, "fault-injection-append-ms", 0...10_000, default: 0)
        guard appendDelay == 0 || self.faultInjection == true else {
            throw ConfigurationError(
                "\(path): \"fault-injection-append-ms\" needs \"fault-injection\": true, which is for drills only"
            )
        }
        let heartbeat = try within(self.raft?.heartbeat, "raft.heartbeat-ms", 10...5_000, default: 50)
        let election = try within(self.raft?.electionTimeout, "raft.election-timeout-ms", 50...60_000, default: 400)
        guard election >= 3 * heartbeat else {
            throw ConfigurationError(
                "\(path): \"raft.election-timeout-ms\" must be at least three times \"raft.heartbeat-ms\" (\(heartbeat))"
            )
        }
        return AgentConfiguration(
            dataDirectory: URL(filePath: self.dataDirectory, relativeTo: parent).standardizedFileURL.path,
            listen: listen,
            logLevel: level,
            leaseTransport: transport,
            faultInjection: self.faultInjection ?? false,
            faultInjectionAppendMilliseconds: appendDelay,
            batchOperations: try within(self.batchOperations, "batch-operations", 1...65_536, default: 4_096),
            batchBytes: try within(self.batchBytes, "batch-bytes", 4_096...(4 << 20) - 65_536, default: 512 << 10),
            electionTimeoutMilliseconds: election,
            heartbeatMilliseconds: heartbeat,
            snapshotThreshold: try within(
                self.raft?.snapshotThreshold,
                "raft.snapshot-threshold",
                16...10_000_000,
                default: 8_192
            ),
            trailingEntries: try within(
                self.raft?.trailingEntries,
                "raft.trailing-entries",
                0...10_000_000,
                default: 1_024
            ),
            pluginDirectory: self.pluginDirectory.map {
                URL(filePath: $0, relativeTo: parent).standardizedFileURL.path
            },
            requiresPlugins: self.requiresPlugins ?? false
        )
    }
}

private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

private func refuseUnknownKeys(in decoder: any Decoder, known: [String]) throws {
    let given = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
    if let unknown = given.filter({ !known.contains($0) }).min() {
        throw ConfigurationError("unknown field \"\(unknown)\": known are \(known.sorted().joined(separator: ", "))")
    }
}
