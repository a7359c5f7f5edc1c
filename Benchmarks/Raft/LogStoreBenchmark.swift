import AgentResources
import Consensus
import FoundationEssentials
import Leases
import LogStore

/// The log store alone: entries of 1, 100 and 1,000 operations, one a transaction, each durable before the next.
struct LogStoreBenchmark {
    let runs: Int
    private static let sizes = [1, 100, 1_000]

    func measure() throws -> [Figure] {
        var figures: [Figure] = []
        for size in Self.sizes {
            let payload = LeaseBatch(clock: .zero, operations: (0..<size).map { .extend(number: $0) }).encoded()
            var medians: [Double] = []
            var worst: [Double] = []
            for run in 0...self.runs {
                let times = try Self.times(of: payload, appends: 500)
                // The first run makes directories and warms caches.
                guard run > 0 else { continue }
                medians.append(percentile(50, of: times))
                worst.append(percentile(99, of: times))
            }
            figures += [
                Figure("raft.log-store-\(size)-p50", unit: "ms", medians),
                Figure("raft.log-store-\(size)-p99", unit: "ms", worst),
            ]
        }
        return figures
    }

    /// What each append took, in milliseconds, sorted.
    private static func times(of payload: [UInt8], appends: Int) throws -> [Double] {
        let directory = try BenchmarkDirectory()
        defer { directory.remove() }
        let path = directory.path + "/log.db"
        let server = ServerID(1)
        try SQLiteLogStore.create(
            path: path,
            clusterID: "benchmark",
            serverID: server,
            configuration: ClusterConfiguration(servers: [Server(id: server, address: "127.0.0.1:1")])
        )
        let store = try SQLiteLogStore.open(path: path, clusterID: "benchmark", serverID: server)
        defer { try? store.close() }
        var times: [Double] = []
        for append in 0..<appends {
            let entry = Entry(term: 1, kind: .command, payload: payload)
            let begun = ContinuousClock.now
            try store.write([.append(at: LogIndex(append + 2), entries: [entry])])
            times.append((ContinuousClock.now - begun).inMilliseconds)
        }
        return times.sorted()
    }
}

/// A directory of its own on the disk the state would be on.
struct BenchmarkDirectory: Sendable {
    let path: String

    init() throws {
        let file = URL(filePath: "run/raft-\(UInt64.random(in: .min ... .max))")
        try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
        self.path = file.path
    }

    func remove() { try? FileManager.default.removeItem(atPath: self.path) }
}

extension LeaseOperation {
    /// An extension of one of ten thousand leases, another each time.
    static func extend(number: Int, now: GlobalTime = .zero) -> LeaseOperation {
        LeaseOperation(
            id: OperationID(high: 1, low: UInt64(number)),
            notAfter: now.advanced(byMilliseconds: 2_000),
            command: .extend(
                LeaseKey(namespace: "benchmark", model: "model", name: "lease-\(number % 10_000)"),
                holder: "holder-\(number % 10_000)",
                milliseconds: 30_000
            )
        )
    }
}
