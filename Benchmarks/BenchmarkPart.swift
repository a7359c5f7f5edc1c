import ArgumentParser

/// What can be measured by itself, in the order in which it is.
enum BenchmarkPart: String, Sendable, CaseIterable, ExpressibleByArgument {
    case engine, queue, codec, raft
    /// Claims one at a time, cold start, extensions as fast as they go.
    case lease
    case failover
    /// What a refused operation costs beside one that is applied.
    case refusal
    /// 600,000 leases: memory, pauses, restart. Takes minutes.
    case leases600k
    /// An offer of ten times what can be done. Takes minutes.
    case overload

    /// Not measured unless named.
    var isHeavy: Bool { self == .leases600k || self == .overload }
}

/// What every benchmark needs.
struct BenchmarkContext: Sendable {
    /// How often each figure is measured.
    var runs: Int
    var children: ChildProcesses
}
