import AgentResources
import Leases

/// Submissions that went to a leader in one request, with those of them that have no answer yet.
struct SentBatch: Sendable {
    let leader: UInt64
    private var slots: [Owed?]
    private(set) var missing: Int
    /// No submission without an answer has an earlier deadline.
    private(set) var earliestDeadline: Uptime

    init(_ submissions: [Carried], leader: UInt64) {
        self.leader = leader
        self.slots = submissions.map(\.owed)
        self.missing = submissions.count
        self.earliestDeadline = submissions.lazy.map(\.owed.deadline).min() ?? .zero
    }

    /// Takes out whose answer has come; `nil` when it had one before or there is no such place.
    mutating func take(_ slot: Int) -> Owed? {
        guard self.slots.indices.contains(slot), let owed = self.slots[slot] else { return nil }
        self.slots[slot] = nil
        self.missing -= 1
        return owed
    }

    /// Takes out those whose deadline was at `instant` or before.
    mutating func takeLate(at instant: Uptime) -> [Owed] {
        guard self.earliestDeadline <= instant else { return [] }
        var late: [Owed] = []
        var next: Uptime?
        for slot in self.slots.indices {
            guard let deadline = self.slots[slot]?.deadline else { continue }
            if deadline <= instant {
                if let owed = self.take(slot) { late.append(owed) }
            } else {
                next = min(next ?? deadline, deadline)
            }
        }
        self.earliestDeadline = next ?? .seconds(Int64.max / 4)
        return late
    }

    /// Takes out all that is left.
    mutating func takeAll() -> [Owed] {
        defer {
            self.slots = []
            self.missing = 0
        }
        return self.slots.compactMap { $0 }
    }
}
