import Leases

/// Extensions told when their leases end, by one look at the leader's replica for all of them.
///
/// To be called on the leader, before its operations are submitted: they are served in this order. A lease that the
/// replica does not know leaves its extension the most urgent.
package func withLeaseEnds(_ submissions: [Submission], from raft: any Proposals, now: Uptime) -> [Submission] {
    guard submissions.contains(where: { $0.extendedKey != nil }) else { return submissions }
    var submissions = submissions
    raft.read { state in
        for index in submissions.indices {
            guard let key = submissions[index].extendedKey, let lease = state.lease(key) else { continue }
            submissions[index].leaseEnds = now + .milliseconds(Int64(clamping: lease.remainingMilliseconds))
        }
    }
    return submissions
}

extension Submission {
    /// The lease it extends, if that is what it does.
    fileprivate var extendedKey: LeaseKey? {
        guard case .apply(let operation) = self.request, case .extend(let key, _, _) = operation.command else {
            return nil
        }
        return key
    }
}
