import AgentResources
import Leases

extension LeaseManagerWorker {
    func check(_ keys: [LeaseKey], timeout: Duration) async throws -> [LeaseRecord?] {
        let raft = try await self.current(timeout: timeout)
        return raft.read { state in
            keys.map { key in state.lease(key).map { LeaseRecord(key, $0) } }
        }
    }

    func list(_ query: LeaseQuery, timeout: Duration) async throws -> [LeaseRecord] {
        // A list looks at every lease: at those of a frozen copy, which is cheap, so that Raft goes on meanwhile.
        let state = try await self.current(timeout: timeout).read { $0.frozenLeases }
        return state.list(
            namespace: query.namespace,
            model: query.model,
            prefix: query.prefix,
            after: query.after,
            limit: query.limit
        ).map { LeaseRecord($0.0, $0.1) }
    }

    /// The local replica, once it has applied what the leader had applied after this was asked.
    private func current(timeout: Duration) async throws -> any Proposals {
        try Task.checkCancellation()
        let deadline = self.now + min(max(timeout, .zero), Self.longestTimeout)
        return try await withCheckedThrowingContinuation { continuation in
            self.whenCurrent(deadline: deadline) { continuation.resume(with: $0) }
        }
    }

    /// Calls `reply` once, from any thread, with the local replica once that is as new as the leader's was at some time
    /// after this was asked.
    func whenCurrent(
        deadline: Uptime,
        _ reply: @escaping @Sendable (Result<any Proposals, LeaseServiceError>) -> Void
    ) {
        guard self.barriers.add(SharedBarrier.Reader(deadline: deadline, reply: reply)) else { return }
        self.askNext()
    }

    /// Asks the leader, for all who wait by now, unless it is being asked already.
    private func askNext() {
        guard let (deadline, count) = self.barriers.beginQuestion() else { return }
        self.open.count { statistics in
            statistics.barriers += 1
            statistics.barrierReads += UInt64(count)
        }
        var pending = PendingRequests(deadline: deadline, notAfterMargin: .zero)
        pending.add(.barrier, isNotAfterGiven: true)
        CarriedCall(pending, manager: self, caller: nil, isCounted: false) { answered in
            let readers = self.barriers.endQuestion()
            self.askNext()
            self.settle(readers, by: answered.slots.first?.outcome)
        }.begin()
    }

    private func settle(_ readers: [SharedBarrier.Reader], by outcome: SubmissionOutcome?) {
        let refusal: Refusal
        switch outcome {
        case .applied(_, let index): return self.settle(SharedBarrier.Answered(index: index, readers: readers))
        case .never(let reason), .unknown(let reason): refusal = reason
        case nil: refusal = Refusal(.tryAgain)
        }
        for reader in readers { reader.reply(.failure(LeaseServiceError(refusal))) }
    }

    /// Waits for the index here. It stays good when Raft is restarted meanwhile: whoever has applied it answers
    /// truthfully.
    private func settle(_ answered: SharedBarrier.Answered) {
        let now = self.now
        var rest = answered
        rest.readers.removeAll { $0.deadline <= now }
        for reader in answered.readers where reader.deadline <= now {
            reader.reply(.failure(LeaseServiceError(Refusal(.tryAgain))))
        }
        guard let deadline = rest.readers.map(\.deadline).min() else { return }
        guard let raft = self.view.current else { return self.barriers.keep(rest) }
        raft.whenApplied(answered.index, deadline: deadline) { [rest] isApplied in
            // Otherwise some deadline has passed, or Raft has stopped: looked at again soon.
            guard isApplied else { return self.barriers.keep(rest) }
            for reader in rest.readers { reader.reply(.success(raft)) }
        }
    }

    /// Tries once more to answer the reads whose index no replica here had applied.
    func settleReads() {
        for answered in self.barriers.takeUnsettled() { self.settle(answered) }
    }
}

extension LeaseRecord {
    fileprivate init(_ key: LeaseKey, _ lease: Lease) {
        self.init(key: key, grant: lease.grant, isPinned: lease.isPinned)
    }
}
