internal import DequeModule

/// Writes on their way to the disk, oldest first, and which of them may still be reported to the core.
///
/// The order of issue decides, never terms: the same index and term can be cut off and come back.
struct NodeWrites {
    /// What the core is to hear once writes are durable.
    enum Report: Hashable {
        /// Entries up to here are durable.
        case entries(LogIndex)
        /// The installed snapshot is durable.
        case snapshot(LogIndex)
    }

    private struct Pending {
        var ticket: WriteTicket
        /// `nil` when there is nothing to tell, or not any more.
        var report: Report?
    }

    private var pending: Deque<Pending> = []
    private var last = WriteTicket(0)

    /// Whether everything issued is durable.
    var isEmpty: Bool { self.pending.isEmpty }

    /// Takes a ticket for entries that end at `last`, the log having been cut at `index` before.
    ///
    /// A report of an earlier write that reached `index` or beyond would speak of entries that are gone.
    mutating func append(at index: LogIndex, last: LogIndex) -> WriteTicket {
        for position in self.pending.indices.reversed() {
            guard case .entries(let end) = self.pending[position].report else { continue }
            guard end >= index else { break }
            self.pending[position].report = nil
        }
        return self.add(.entries(last))
    }

    /// Takes a ticket for an installed snapshot, which voids every write before it.
    mutating func install(_ index: LogIndex) -> WriteTicket {
        for position in self.pending.indices { self.pending[position].report = nil }
        return self.add(.snapshot(index))
    }

    /// Takes a ticket for a write the core need not hear of.
    mutating func silent() -> WriteTicket { self.add(nil) }

    /// Takes what may be reported now that everything up to `ticket` is durable; of entries only the highest.
    mutating func durable(upTo ticket: WriteTicket) -> [Report] {
        var reports: [Report] = []
        while let first = self.pending.first, first.ticket <= ticket {
            self.pending.removeFirst()
            guard let report = first.report else { continue }
            if case .entries = report, case .entries = reports.last { reports.removeLast() }
            reports.append(report)
        }
        return reports
    }

    private mutating func add(_ report: Report?) -> WriteTicket {
        self.last.rawValue += 1
        self.pending.append(Pending(ticket: self.last, report: report))
        return self.last
    }
}
