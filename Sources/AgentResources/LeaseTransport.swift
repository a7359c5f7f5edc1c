/// How operations get from this controller to the leader, on controllers that do not lead. Thread-safe.
package protocol LeaseTransport: Sendable {
    /// Takes submissions to `leader`'s operation hub; never waits.
    ///
    /// Each is answered exactly once, from any thread: `.never` when certainly not submitted there, `.unknown` when it
    /// may have been and no answer came by its deadline.
    func carry(_ submissions: [Submission], to leader: Leader)
    /// What the leader's queue can take, as its last answer told.
    var load: OperationLoad { get }
    /// What was carried so far, and what is on its way now.
    var statistics: LeaseTransportStatistics { get }
}

/// Which transport carries them.
package enum LeaseTransportKind: String, Sendable, Hashable, CaseIterable {
    /// Batches over one connection to the leader's API server.
    case api
    /// Messages over the hub, forwarded between controllers.
    case pubsub
}
