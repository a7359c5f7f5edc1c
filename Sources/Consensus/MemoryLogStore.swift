/// A log store in memory behind the protocol of the one on disk, for tests of whoever drives a node.
///
/// `@unchecked Sendable`: the protocol's own rule guards it, one owner that calls from one thread at a time.
package final class MemoryLogStore: LogStore, @unchecked Sendable {
    private var log: MemoryLog
    /// Every call fails with this once it is set, and changes nothing.
    package var failure: MemoryLogError?

    package init(_ state: DurableState) { self.log = MemoryLog(state) }

    package func load() throws -> DurableState {
        try self.failIfAsked()
        return self.log.durable
    }

    package func saveTermAndVote(_ term: Term, _ votedFor: ServerID?) throws {
        try self.failIfAsked()
        self.log.saveTermAndVote(term, votedFor)
    }

    package func write(_ writes: [LogWrite]) throws {
        try self.failIfAsked()
        var state = self.log.durable
        for write in writes { try state.apply(write) }
        self.log = MemoryLog(state)
    }

    package func close() throws {}

    private func failIfAsked() throws {
        if let failure { throw failure }
    }
}
