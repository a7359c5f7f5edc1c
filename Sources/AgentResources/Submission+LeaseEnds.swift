import Leases

extension Operations {
    /// Submits on the leader. While everything fits one log entry the order is nobody's concern; beyond, extensions are
    /// told when their leases end, by one look at the leader's replica for all of them, and are served in this order.
    ///
    /// Where there is nothing to lose, because the lease is not the holder's as the replica knows it, only the answer can
    /// come too late, and the operation's deadline takes the place of the lease's end.
    package func submit(_ submissions: consuming [Submission], orderedBy raft: any Proposals, now: Uptime) {
        if self.needsOrder(for: submissions) { findLeaseEnds(of: &submissions, from: raft, now: now) }
        self.submit(submissions)
    }
}

private func findLeaseEnds(of submissions: inout [Submission], from raft: any Proposals, now: Uptime) {
    guard submissions.contains(where: { $0.isServedByEnds }) else { return }
    raft.read { state in
        for index in submissions.indices {
            if index % looksAtOnce == 0 {
                state.fetch(submissions[index...].prefix(looksAtOnce).compactMap { $0.extended?.key })
            }
            guard submissions[index].isServedByEnds else { continue }
            guard let (key, holder) = submissions[index].extended, let end = state.end(of: key),
                end.holder.utf8.elementsEqual(holder.utf8)
            else {
                submissions[index].leaseEnds = submissions[index].deadline
                continue
            }
            submissions[index].leaseEnds = now + .milliseconds(Int64(clamping: end.remainingMilliseconds))
        }
    }
}

extension Submission {
    /// Whether it waits among those that are served by when their leases end.
    fileprivate var isServedByEnds: Bool {
        guard case .apply(let operation) = self.request else { return false }
        switch operation.command {
        case .extend, .resolve: return true
        case .claim, .revoke, .pin, .unpin: return false
        }
    }

    /// The lease it extends and for whom, if that is what it does.
    fileprivate var extended: (key: LeaseKey, holder: String)? {
        guard case .apply(let operation) = self.request, case .extend(let key, let holder, _) = operation.command else {
            return nil
        }
        return (key, holder)
    }
}
