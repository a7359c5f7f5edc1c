import AgentResources
import Leases

extension LeaseManagerWorker {
    func check(_ keys: [LeaseKey], timeout: Duration) async throws -> [LeaseRecord?] {
        try await self.read(timeout: timeout) { state in
            keys.map { key in state.lease(key).map { LeaseRecord(key, $0) } }
        }
    }

    func list(_ query: LeaseQuery, timeout: Duration) async throws -> [LeaseRecord] {
        // A list looks at every lease: here on a copy, which is cheap, so that Raft's thread goes on meanwhile.
        let state = try await self.read(timeout: timeout) { copy $0 }
        return state.list(
            namespace: query.namespace,
            model: query.model,
            prefix: query.prefix,
            after: query.after,
            limit: query.limit
        ).map { LeaseRecord($0.0, $0.1) }
    }

    /// Reads the local replica once it has applied what the leader had applied after this was asked.
    private func read<Value: Sendable>(
        timeout: Duration,
        _ body: @escaping @Sendable (borrowing LeaseState) -> Value
    ) async throws -> Value {
        let timeout = Self.bounded(timeout)
        let deadline = self.now + timeout
        let barrier = PendingRequests([.barrier])
        let outcome = await self.carry(barrier, timeout: timeout, deadline: deadline).outcomes.first
        let index: UInt64
        switch outcome {
        case .applied(_, let applied): index = applied
        case .never(let refusal), .unknown(let refusal): throw LeaseServiceError(refusal)
        case nil: throw LeaseServiceError(Refusal(.tryAgain))
        }
        // The index stays good when Raft is restarted meanwhile: whoever has applied it answers truthfully.
        while self.now < deadline, !self.isStopped {
            try Task.checkCancellation()
            let generation = self.view.generation
            if let raft = self.view.current {
                do {
                    try await raft.applied(index, deadline: deadline)
                    return raft.read(body)
                } catch {
                    // The deadline, a cancellation or a stopped Raft; the loop tells them apart.
                }
            }
            await self.view.wait(since: generation, until: min(self.now + .milliseconds(50), deadline))
        }
        throw LeaseServiceError(Refusal(self.isStopped ? .stopping : .tryAgain))
    }
}

extension LeaseRecord {
    fileprivate init(_ key: LeaseKey, _ lease: Lease) {
        self.init(key: key, grant: lease.grant, isPinned: lease.isPinned)
    }
}
