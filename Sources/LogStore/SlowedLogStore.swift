package import Consensus

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A log store on a disk slower than the one there is: each durable write of entries takes at least so long.
///
/// For drills and measurements only. It sets how much a cluster can carry, without taking its processors away.
package final class SlowedLogStore: LogStore {
    private let store: any LogStore
    private let shortest: Duration
    private let clock = ContinuousClock()

    package init(_ store: any LogStore, shortest: Duration) {
        self.store = store
        self.shortest = shortest
    }

    package func load() throws -> DurableState { try self.store.load() }

    package func saveTermAndVote(_ term: Term, _ votedFor: ServerID?) throws {
        try self.store.saveTermAndVote(term, votedFor)
    }

    package func write(_ writes: [LogWrite]) throws {
        let begun = self.clock.now
        try self.store.write(writes)
        let isAppend = writes.contains { if case .append = $0 { true } else { false } }
        guard isAppend else { return }
        Self.sleep(for: self.shortest - (self.clock.now - begun))
    }

    package func close() throws { try self.store.close() }

    private static func sleep(for duration: Duration) {
        guard duration > .zero else { return }
        let (seconds, attoseconds) = duration.components
        var left = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        var rest = timespec()
        while nanosleep(&left, &rest) != 0, errno == EINTR { left = rest }
    }
}
