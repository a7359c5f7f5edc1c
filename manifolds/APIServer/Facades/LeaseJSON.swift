import AgentResources
import Leases
import RPC

/// How leases look on the wire when they are read.
enum LeaseJSON {
    static func write(_ grant: Grant, to result: inout JSONObject) {
        result["holder"] = .string(grant.holder)
        result["token"] = .int(Int64(clamping: grant.token.rawValue))
        result["expires-in-ms"] = .int(Int64(clamping: grant.remainingMilliseconds))
    }

    /// A held lease in a list, with its whole key.
    static func listed(_ record: LeaseRecord) -> JSONValue {
        var entry: JSONObject = [
            "namespace": .string(record.key.namespace), "model": .string(record.key.model),
            "lease": .string(record.key.name),
        ]
        Self.write(record.grant, to: &entry)
        entry["pinned"] = .bool(record.isPinned)
        return .object(entry)
    }

    /// A change of holder. The names of its lease, of whoever watches a prefix or all namespaces.
    static func change(_ change: LeaseChange) -> JSONValue {
        [
            "kind": .string(change.kind.rawValue), "lease": .string(change.key.name),
            "namespace": .string(change.key.namespace), "holder": .string(change.holder),
            "token": .int(Int64(clamping: change.token.rawValue)), "cursor": .string(change.cursor.text),
        ]
    }
}
