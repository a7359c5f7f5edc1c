internal import DequeModule

/// A log store in memory, with the faults of a real disk: writes that are queued and not yet durable, and a crash that
/// keeps only some of them and tears the next.
///
/// A value, so that a simulated controller's disk can outlive the controller. It follows the same rules as the store on
/// disk: writes in order, each whole or not at all, unless a crash tears it.
package struct MemoryLog: Sendable {
    /// What would be found after a crash that loses everything queued.
    package private(set) var durable: DurableState
    private var queue: Deque<(write: LogWrite, ticket: WriteTicket)> = []

    package init(_ state: DurableState) { self.durable = state }

    /// How many writes are queued and not durable.
    package var pendingCount: Int { self.queue.count }

    /// Makes term and vote durable at once.
    package mutating func saveTermAndVote(_ term: Term, _ votedFor: ServerID?) {
        self.durable.term = term
        self.durable.votedFor = votedFor
    }

    /// Queues a write; nothing of it is durable yet.
    package mutating func queue(_ write: LogWrite, _ ticket: WriteTicket) {
        self.queue.append((write, ticket))
    }

    /// Makes the `count` oldest queued writes durable and answers the last one's ticket, or `nil` if there was none.
    package mutating func sync(_ count: Int) throws(MemoryLogError) -> WriteTicket? {
        var last: WriteTicket?
        for _ in 0..<min(count, self.queue.count) {
            let (write, ticket) = self.queue.removeFirst()
            try self.durable.apply(write)
            last = ticket
        }
        return last
    }

    /// Loses what is queued, but for the `kept` oldest writes and, of the next if it appends, its first `tornEntries`.
    ///
    /// A torn append has already cut the log, which is the worst a file can show. Snapshots are replaced in one piece.
    package mutating func crash(keeping kept: Int, tornEntries: Int) throws(MemoryLogError) {
        _ = try self.sync(kept)
        if case .append(let index, let entries) = self.queue.first?.write, tornEntries > 0 {
            try self.durable.apply(.append(at: index, entries: Array(entries.prefix(tornEntries))))
        }
        self.queue.removeAll()
    }
}

/// A write that does not fit what the store holds: a fault of whoever issued it.
package struct MemoryLogError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}

extension DurableState {
    /// Carries out one write as every log store must.
    package mutating func apply(_ write: LogWrite) throws(MemoryLogError) {
        switch write {
        case .append(let index, let entries):
            guard index >= self.firstIndex, index <= self.lastIndex + 1 else {
                throw MemoryLogError("append at \(index) to a log of \(self.firstIndex)...\(self.lastIndex)")
            }
            self.entries.removeLast(Int(self.lastIndex + 1 - index))
            self.entries.append(contentsOf: entries)
        case .install(let snapshot):
            self.snapshot = snapshot
            self.firstIndex = snapshot.index + 1
            self.entries = []
        case .compact(let snapshot, let keepingFrom):
            guard snapshot.index <= self.lastIndex, keepingFrom <= snapshot.index + 1 else {
                throw MemoryLogError("snapshot at \(snapshot.index) of a log that ends at \(self.lastIndex)")
            }
            self.snapshot = snapshot
            guard keepingFrom > self.firstIndex else { return }
            self.entries.removeFirst(Int(keepingFrom - self.firstIndex))
            self.firstIndex = keepingFrom
        }
    }
}
