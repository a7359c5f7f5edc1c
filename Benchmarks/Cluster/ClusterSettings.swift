import RPC

/// What of a controller's configuration is not as it comes.
struct ClusterSettings: Sendable {
    var controllers = 3
    var transport = Transport.api
    /// How long each durable append takes at least; sets a capacity that the machine can be offered many times over.
    var appendMilliseconds: Int?
    /// Operations a log entry may hold.
    var batchOperations: Int?

    /// How followers' operations reach the leader.
    enum Transport: String, Sendable, CaseIterable {
        case api, pubsub
    }

    /// Changes the configuration file's content.
    func apply(to text: [UInt8]) throws -> [UInt8] {
        guard case .object(var file) = try JSONValue.parse(text) else {
            throw BenchmarkError("a controller's configuration is no object")
        }
        file["lease-transport"] = .string(self.transport.rawValue)
        if let milliseconds = self.appendMilliseconds {
            file["fault-injection"] = true
            file["fault-injection-append-ms"] = .int(Int64(milliseconds))
        }
        if let operations = self.batchOperations { file["batch-operations"] = .int(Int64(operations)) }
        return JSONValue.object(file).serialized
    }
}
