import AgentResources
import Leases

extension Submission: QueuedPayload {
    var isGone: Bool { self.caller?.isGone ?? false }

    func extendsSame(as other: Submission) -> Bool {
        guard case .apply(let mine) = self.request, case .extend(let key, let holder, _) = mine.command,
            case .apply(let theirs) = other.request, case .extend(let otherKey, let otherHolder, _) = theirs.command
        else { return false }
        return key == otherKey && holder == otherHolder
    }

    /// What the queue is to know of it.
    var arrival: Arrival {
        switch self.request {
        case .barrier:
            Arrival(class: .read, bytes: self.approximateBytes, deadline: self.deadline)
        case .apply(let operation):
            Arrival(
                operation,
                class: self.operationClass,
                bytes: self.approximateBytes,
                leaseEnds: self.leaseEnds,
                deadline: self.deadline
            )
        }
    }

    /// One submission for several extensions of the same lease by the same holder: the newest is applied, for as long as
    /// any of them asked for, stands for the others and answers them all.
    init(_ item: OperationQueue<Submission>.SealedItem) {
        self = item.payload
        guard !item.riders.isEmpty, case .apply(var operation) = self.request,
            case .extend(let key, let holder, var milliseconds) = operation.command
        else { return }
        for rider in item.riders {
            guard case .apply(let other) = rider.request else { continue }
            if case .extend(_, _, let asked) = other.command { milliseconds = max(milliseconds, asked) }
            if other.id != operation.id, !operation.covers.contains(other.id) { operation.covers.append(other.id) }
        }
        operation.command = .extend(key, holder: holder, milliseconds: milliseconds)
        self.request = .apply(operation)
        let (first, others) = (self.reply, item.riders.map(\.reply))
        self.reply = { outcome in
            first(outcome)
            for reply in others { reply(outcome) }
        }
    }
}
