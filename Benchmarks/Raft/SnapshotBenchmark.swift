import AgentResources
import Consensus
import Leases
import LogStore

/// What a snapshot of 600,000 leases costs: whom it holds up, how large it is, and how long a start from it takes.
struct SnapshotBenchmark {
    let runs: Int
    private static let leases = 600_000
    private static let batch = 1_000

    func measure() throws -> [Figure] {
        var state = try Self.filled()
        var samples: [String: [Double]] = [:]
        func time<Value>(_ name: String, _ body: () throws -> Value) rethrows -> Value {
            let begun = ContinuousClock.now
            let value = try body()
            samples[name, default: []].append((ContinuousClock.now - begun).inMilliseconds)
            return value
        }
        var bytes = 0
        for run in 0..<self.runs {
            let copy = time("copy") { state.frozen }
            // The first entry after the copy is what the loop feels of it.
            let next = state.globalTime.advanced(byMilliseconds: 1)
            let entry = Self.extensions(from: run * Self.batch, at: next).encoded()
            _ = try time("entry-after") { try state.apply(entry: entry) }
            let data = time("encode") { copy.encodedSnapshot() }
            bytes = data.count
            _ = try time("decode") { try LeaseState(decoding: data) }
            let directory = try BenchmarkDirectory()
            defer { directory.remove() }
            try Self.store(data, in: directory, time)
        }
        let names = ["copy", "entry-after", "encode", "write", "append-after", "load", "decode"]
        return [Figure("raft.snapshot-size", unit: "MB", [Double(bytes) / 1e6])]
            + names.map { Figure("raft.snapshot-\($0)", unit: "ms", samples[$0] ?? [0]) }
    }

    /// Writes the snapshot as a controller does, appends behind it, and loads it as a start does.
    private static func store(
        _ data: [UInt8],
        in directory: BenchmarkDirectory,
        _ time: (String, () throws -> DurableState?) throws -> DurableState?
    ) throws {
        let path = directory.path + "/log.db"
        let server = ServerID(1)
        let configuration = ClusterConfiguration(servers: [Server(id: server, address: "127.0.0.1:1")])
        try SQLiteLogStore.create(path: path, clusterID: "benchmark", serverID: server, configuration: configuration)
        let store = try SQLiteLogStore.open(path: path, clusterID: "benchmark", serverID: server)
        let entry = Entry(term: 1, kind: .command, payload: [1])
        try store.write([.append(at: 2, entries: [entry, entry])])
        let snapshot = Snapshot(index: 3, term: 1, configuration: configuration, configurationIndex: 1, data: data)
        _ = try time("write") {
            try store.write([.compact(snapshot, keepingFrom: 3)])
            return nil
        }
        _ = try time("append-after") {
            try store.write([.append(at: 4, entries: [entry])])
            return nil
        }
        try store.close()
        _ = try time("load") {
            let store = try SQLiteLogStore.open(path: path, clusterID: "benchmark", serverID: server)
            defer { try? store.close() }
            return try store.load()
        }
    }

    private static func filled() throws -> LeaseState {
        var state = LeaseState()
        var time = GlobalTime(milliseconds: 1)
        for first in stride(from: 0, to: Self.leases, by: Self.batch) {
            time = time.advanced(byMilliseconds: 20)
            _ = try state.apply(entry: Self.extensions(from: first, at: time).encoded())
        }
        return state
    }

    /// Claims by their own holders, which extend what is held.
    private static func extensions(from first: Int, at time: GlobalTime) -> LeaseBatch {
        LeaseBatch(
            clock: time,
            operations: (first..<first + Self.batch).map { number in
                LeaseOperation(
                    id: OperationID(high: time.milliseconds, low: UInt64(number)),
                    notAfter: time,
                    command: .claim(
                        LeaseKey(namespace: "benchmark", model: "model", name: "lease-\(number)"),
                        holder: "holder-\(number)",
                        milliseconds: 3_600_000
                    )
                )
            }
        )
    }
}
