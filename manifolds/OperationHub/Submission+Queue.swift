import AgentResources
import Leases

extension Submission: QueuedPayload {
    var isGone: Bool { self.address.isGone }

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

    /// Makes it one submission for several extensions of the same lease by the same holder: it is applied for as long as
    /// any of them asked for, stands for the older ones and answers them all.
    mutating func stand(for riders: [Submission]) {
        guard case .apply(let operation) = self.request else { return }
        let others = riders.lazy.compactMap { rider -> LeaseOperation? in
            if case .apply(let operation) = rider.request { operation } else { nil }
        }
        self.request = .apply(operation.standing(for: others))
        self.address = ReplyAddress([self.address] + riders.map(\.address))
    }
}
