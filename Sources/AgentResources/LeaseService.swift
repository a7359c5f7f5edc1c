package import Leases

/// One answer of the lease manager.
package struct LeaseAnswer: Sendable, Hashable {
    package var key: LeaseKey
    package var outcome: SubmissionOutcome

    package init(key: LeaseKey, outcome: SubmissionOutcome) {
        self.key = key
        self.outcome = outcome
    }
}

/// A held lease as a reader sees it.
package struct LeaseRecord: Sendable, Hashable {
    package var key: LeaseKey
    package var grant: Grant
    package var isPinned: Bool

    package init(key: LeaseKey, grant: Grant, isPinned: Bool) {
        self.key = key
        self.grant = grant
        self.isPinned = isPinned
    }
}

/// Which leases to list.
package struct LeaseQuery: Sendable, Hashable {
    package var namespace: String?
    package var model: String?
    package var prefix: String
    /// Only keys after this one, for the next page.
    package var after: LeaseKey?
    package var limit: Int

    package init(namespace: String?, model: String?, prefix: String = "", after: LeaseKey? = nil, limit: Int) {
        self.namespace = namespace
        self.model = model
        self.prefix = prefix
        self.after = after
        self.limit = limit
    }
}

/// Why a read could not be answered in time.
package struct LeaseServiceError: Error, Sendable, Hashable, CustomStringConvertible {
    package var refusal: Refusal

    package init(_ refusal: Refusal) { self.refusal = refusal }

    package var description: String { "leases cannot be read now (\(self.refusal.reason.rawValue)), try again" }
}

/// The lease manager as the API server sees it: any controller answers, wherever the leader is. Thread-safe.
package protocol LeaseService: Sendable {
    /// Carries commands to the leader and returns one answer a command, in order, no later than `timeout` and a moment.
    ///
    /// An id given twice is applied once.
    func perform(_ commands: [(id: OperationID, command: LeaseCommand)], timeout: Duration) async -> [LeaseAnswer]
    /// The present holders, `nil` for a free lease, linearizable.
    func check(_ keys: [LeaseKey], timeout: Duration) async throws -> [LeaseRecord?]
    /// Held leases in key order, at most `query.limit`, linearizable.
    func list(_ query: LeaseQuery, timeout: Duration) async throws -> [LeaseRecord]
    /// Returns true when the lease is seen free, false at the timeout; throws `CancellationError` when cancelled.
    func waitUntilFree(_ key: LeaseKey, timeout: Duration?) async throws -> Bool
}
