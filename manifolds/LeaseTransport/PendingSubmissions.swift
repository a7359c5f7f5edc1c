import AgentResources
import DequeModule
import Leases

/// Submissions that wait to be sent, by class, bounded in number and bytes.
///
/// When there is no room what is worth least goes first, the newest of it: claims, then reads, then extensions, and
/// critical operations only for want of anything else.
struct PendingSubmissions: Sendable {
    /// How much may wait.
    struct Limits: Sendable, Hashable {
        var operations = 65_536
        /// Of `approximateBytes`.
        var bytes = 32 << 20
    }

    private struct Lane: Sendable {
        var submissions: Deque<Carried> = []
        /// No submission of the lane has an earlier deadline.
        var earliestDeadline: Uptime?
    }

    /// The order of sacrifice, first to go first.
    private static let sacrifice: [OperationClass] = [.claim, .read, .extend, .critical, .internal]

    private let limits: Limits
    private var lanes = Array(repeating: Lane(), count: OperationClass.allCases.count)
    private(set) var count = 0
    private(set) var bytes = 0

    init(limits: Limits) { self.limits = limits }

    var isEmpty: Bool { self.count == 0 }
    func isEmpty(_ kind: OperationClass) -> Bool { self.lanes[kind.rawValue].submissions.isEmpty }

    /// Before this instant no submission is late; `nil` when none waits.
    var earliestDeadline: Uptime? {
        self.lanes.compactMap { $0.submissions.isEmpty ? nil : $0.earliestDeadline }.min()
    }

    /// Takes one more and returns what had to go for it, itself perhaps.
    ///
    /// - Parameter elsewhere: operations that use up the same room without waiting here.
    mutating func append(_ carried: Carried, elsewhere: Int = 0) -> [Carried] {
        // No place here makes room there.
        guard elsewhere < self.limits.operations else { return [carried] }
        let kind = carried.operationClass
        let size = carried.bytes
        var gone: [Carried] = []
        while self.count + elsewhere >= self.limits.operations || self.bytes + size > self.limits.bytes {
            guard let victim = self.removeWorse(than: kind) else { return gone + [carried] }
            gone.append(victim)
        }
        self.lanes[kind.rawValue].submissions.append(carried)
        let deadline = carried.owed.deadline
        self.lanes[kind.rawValue].earliestDeadline = min(
            self.lanes[kind.rawValue].earliestDeadline ?? deadline,
            deadline
        )
        self.count += 1
        self.bytes += size
        return gone
    }

    private mutating func removeWorse(than kind: OperationClass) -> Carried? {
        for worse in Self.sacrifice {
            if worse == kind { return nil }
            if let victim = self.lanes[worse.rawValue].submissions.popLast() {
                self.noteRemoved(victim)
                return victim
            }
        }
        return nil
    }

    /// Takes out up to `limit` of one class, in order; what is too late to send, or asked for by somebody who has gone,
    /// comes apart.
    mutating func take(
        _ kind: OperationClass,
        limit: Int,
        byteLimit: Int,
        now: Uptime
    ) -> (batch: [Carried], late: [Carried]) {
        var batch: [Carried] = []
        var late: [Carried] = []
        var bytes = 0
        batch.reserveCapacity(min(limit, self.lanes[kind.rawValue].submissions.count))
        while batch.count < limit, let size = self.lanes[kind.rawValue].submissions.first?.bytes {
            // One alone always goes; what is late takes no room, and is looked for only when there would be none.
            if !batch.isEmpty, bytes + size > byteLimit, !self.isFirstLate(kind, now: now) { break }
            let next = self.lanes[kind.rawValue].submissions.removeFirst()
            self.noteRemoved(next)
            if next.isLate(now: now) {
                late.append(next)
            } else {
                batch.append(next)
                bytes += size
            }
        }
        return (batch, late)
    }

    private func isFirstLate(_ kind: OperationClass, now: Uptime) -> Bool {
        self.lanes[kind.rawValue].submissions.first?.isLate(now: now) ?? false
    }

    /// Takes out what is too late to send.
    mutating func takeLate(now: Uptime) -> [Carried] {
        var late: [Carried] = []
        for index in self.lanes.indices {
            guard let earliest = self.lanes[index].earliestDeadline, earliest <= now else { continue }
            var rest: Deque<Carried> = []
            var next: Uptime?
            for carried in self.lanes[index].submissions {
                let deadline = carried.owed.deadline
                if deadline <= now {
                    late.append(carried)
                } else {
                    rest.append(carried)
                    next = min(next ?? deadline, deadline)
                }
            }
            self.lanes[index] = Lane(submissions: rest, earliestDeadline: next)
        }
        for carried in late { self.noteRemoved(carried) }
        return late
    }

    /// Takes out all.
    mutating func takeAll() -> [Carried] {
        defer { self = PendingSubmissions(limits: self.limits) }
        return self.lanes.flatMap(\.submissions)
    }

    private mutating func noteRemoved(_ carried: Carried) {
        self.count -= 1
        self.bytes -= carried.bytes
    }
}

extension Carried {
    /// Too late to send, or asked for by somebody who has gone.
    fileprivate func isLate(now: Uptime) -> Bool {
        self.owed.deadline <= now || self.owed.address.isGone
    }
}
