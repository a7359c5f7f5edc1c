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
    package var outcome: SubmissionOutcome
    /// What the operation was sent with, to be used for every further try; `nil` when it was not sent.
    package var notAfter: GlobalTime?

    package init(outcome: SubmissionOutcome, notAfter: GlobalTime? = nil) {
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

/// Commands for the leases, and the way their answers go back.
package struct LeaseCall: Sendable {
    package var commands: [IdentifiedCommand]
    /// Counted from when the lease manager takes the call; at most a minute.
    package var timeout: Duration
    /// When it leaves, what is not in the log yet is given up.
    package var caller: Caller?
    /// Called exactly once, from any thread, with one answer a command, in order; must not block.
    package var reply: @Sendable ([LeaseAnswer]) -> Void

    package init(
        commands: [IdentifiedCommand],
        timeout: Duration,
        caller: Caller? = nil,
        reply: @escaping @Sendable ([LeaseAnswer]) -> Void
    ) {
        self.commands = commands
        self.timeout = timeout
        self.caller = caller
        self.reply = reply
    }
}

/// The lease manager as the API server sees it: any controller answers, wherever the leader is. Thread-safe.
package protocol LeaseService: Sendable {
    /// Carries commands to the leader; answered no later than the timeout and a moment.
    ///
    /// Costs no task and does not block. An id given twice, with the same `notAfter`, is applied once. Without one it
    /// is chosen here and told.
    func perform(_ call: LeaseCall)
    /// The present holders, `nil` for a free lease, linearizable.
    func check(_ keys: [LeaseKey], timeout: Duration) async throws -> [LeaseRecord?]
    /// Held leases in key order, at most `query.limit`, linearizable.
    func list(_ query: LeaseQuery, timeout: Duration) async throws -> [LeaseRecord]
    /// Calls `reply` exactly once, from any thread, perhaps before this returns: with true when the lease is seen free
    /// and it is this waiter's turn, with false at the timeout.
    ///
    /// Those who wait for one lease are woken in waves, the eldest first. For very many: a waiter is a small record. One
    /// whose caller has left is forgotten, and answered `abandoned`, within a second.
    func whenFree(
        _ key: LeaseKey,
        timeout: Duration?,
        caller: Caller?,
        _ reply: @escaping @Sendable (Result<Bool, LeaseServiceError>) -> Void
    )
    /// The same for a task: throws `CancellationError` when cancelled.
    func waitUntilFree(_ key: LeaseKey, timeout: Duration?) async throws -> Bool
    /// The changes of holder after `query.after`, in order; waits for the first of them up to `timeout`.
    func watch(_ query: WatchQuery, timeout: Duration) async throws -> WatchAnswer
    /// What was done so far; cheap.
    var statistics: LeaseStatistics { get }
}

extension LeaseService {
    /// Carries commands to the leader and returns one answer a command, in order, no later than `timeout` and a moment;
    /// given up when the task is cancelled.
    package func perform(_ commands: [IdentifiedCommand], timeout: Duration) async -> [LeaseAnswer] {
        let caller = Caller()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.perform(
                    LeaseCall(commands: commands, timeout: timeout, caller: caller) {
                        continuation.resume(returning: $0)
                    }
                )
            }
        } onCancel: {
            caller.leave()
        }
    }
}
