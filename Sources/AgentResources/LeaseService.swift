package import Leases

/// A command with what makes it one operation over all its retries.
package struct IdentifiedCommand: Sendable, Hashable {
    package var id: OperationID
    package var command: LeaseCommand
    /// Until when it may be applied, as whoever first sent the id has chosen; `nil` when nobody has yet.
    package var notAfter: GlobalTime?

    package init(id: OperationID, command: LeaseCommand, notAfter: GlobalTime? = nil) {
        self.id = id
        self.command = command
        self.notAfter = notAfter
    }
}

/// One answer of the lease manager.
package struct LeaseAnswer: Sendable, Hashable {
    package var key: LeaseKey
    package var outcome: SubmissionOutcome
    /// What the operation was sent with, to be used for every further try; `nil` when it was not sent.
    package var notAfter: GlobalTime?

    package init(key: LeaseKey, outcome: SubmissionOutcome, notAfter: GlobalTime? = nil) {
        self.key = key
        self.outcome = outcome
        self.notAfter = notAfter
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
    /// An id given twice, with the same `notAfter`, is applied once. Without one it is chosen here and told.
    func perform(_ commands: [IdentifiedCommand], timeout: Duration) async -> [LeaseAnswer]
    /// The present holders, `nil` for a free lease, linearizable.
    func check(_ keys: [LeaseKey], timeout: Duration) async throws -> [LeaseRecord?]
    /// Held leases in key order, at most `query.limit`, linearizable.
    func list(_ query: LeaseQuery, timeout: Duration) async throws -> [LeaseRecord]
    /// Returns true when the lease is seen free, false at the timeout; throws `CancellationError` when cancelled.
    func waitUntilFree(_ key: LeaseKey, timeout: Duration?) async throws -> Bool
}
