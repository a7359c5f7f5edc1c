import AgentResources
import Leases

extension Submission: QueuedPayload {
    var isGone: Bool { self.caller?.isGone ?? false }

    func extendsSame(as other: Submission) -> Bool {
        guard case .apply(let mine) = self.request, case .apply(let theirs) = other.request else { return false }
        return mine.extendsSame(as: theirs)
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
        guard !item.riders.isEmpty, case .apply(let operation) = self.request else { return }
        let others = item.riders.lazy.compactMap { rider -> LeaseOperation? in
            if case .apply(let operation) = rider.request { operation } else { nil }
        }
        self.request = .apply(operation.standing(for: others))
        self.address = ReplyAddress([self.address] + item.riders.map(\.address))
    }
}
