import RPC

/// A change of holder.
public struct LeaseChange: Sendable, Hashable {
    /// What happened to the lease.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// Somebody got it who did not have it before.
        case claimed
        /// Its time was over.
        case expired
        /// It was given up, or taken.
        case revoked
    }

    /// What happened.
    public var kind: Kind
    /// To which lease.
    public var lease: Lease
    /// Who got it, or had it.
    public var holder: String
    /// The fencing token of that tenure.
    public var token: UInt64
}

/// What one look at the changes of holder brought.
public struct LeaseChanges: Sendable, Hashable {
    /// In order, each once; empty when nothing happened in time.
    public var changes: [LeaseChange]
    /// What to look on from, at whichever controller.
    public var cursor: String
    /// Earlier changes are not known any more: list the leases to know how they stand.
    public var hasGap: Bool
}

/// Which changes of holder to watch.
public struct WatchQuery: Sendable, Hashable {
    /// Only this namespace; `nil` for all.
    public var namespace: String?
    /// Only names that begin so.
    public var prefix: String
    /// Only changes after the cursor an earlier answer told; `nil` from now on.
    public var after: String?
    /// At most so many in one answer, from 1 to 10,000.
    public var limit: Int

    /// A query from its parts.
    public init(namespace: String? = nil, prefix: String = "", after: String? = nil, limit: Int = 1_000) {
        self.namespace = namespace
        self.prefix = prefix
        self.after = after
        self.limit = limit
    }
}

extension LeaseClient {
    /// The changes of holder after `query.after`, as soon as there is one; none when `timeout` ends first.
    public func changes(_ query: WatchQuery, timeout: Duration = .seconds(30)) async throws -> LeaseChanges {
        try await self.changes(query, waiting: timeout, timeout: timeout)
    }

    private static let watchTimeout = Duration.seconds(30)

    /// - Parameter waiting: how long the controller may keep the question.
    private func changes(_ query: WatchQuery, waiting: Duration, timeout: Duration) async throws -> LeaseChanges {
        var params: JSONObject = ["prefix": .string(query.prefix), "limit": .int(Int64(query.limit))]
        if let namespace = query.namespace { params.append("namespace", .string(namespace)) }
        if let after = query.after { params.append("after", .string(after)) }
        params.append("timeout-ms", .int(waiting.milliseconds(in: 1...3_600_000)))
        let answer = try await self.call(
            facade: "Lease",
            version: 1,
            method: "Watch",
            params: .object(params),
            timeout: timeout
        )
        guard let entries = answer["changes"]?.array, let cursor = answer["cursor"]?.string else {
            throw LeaseClientError.unknownReply("changes without a cursor")
        }
        let changes = try entries.map { entry in
            guard let kind = entry["kind"]?.string.flatMap(LeaseChange.Kind.init), let name = entry["lease"]?.string,
                let namespace = entry["namespace"]?.string, let holder = entry["holder"]?.string,
                let token = entry["token"]?.int.flatMap({ UInt64(exactly: $0) })
            else { throw LeaseClientError.unknownReply("a change that says too little") }
            return LeaseChange(kind: kind, lease: Lease(name, namespace: namespace), holder: holder, token: token)
        }
        return LeaseChanges(changes: changes, cursor: cursor, hasGap: answer["gap"]?.bool ?? false)
    }

    /// Calls `body` with each answer that brings something, in order and without missing any but where an answer says so,
    /// over whichever controllers, until it throws or the task is cancelled.
    ///
    /// - Throws: what `body` throws; `LeaseClientError` for what asking again cannot mend; `CancellationError`.
    public func watch(_ query: WatchQuery = .init(), _ body: (LeaseChanges) async throws -> Void) async throws {
        var query = query
        var backoff = Backoff()
        while true {
            let answer: LeaseChanges
            do {
                // Without a cursor a change between two answers would be missed: the first only tells where to begin.
                answer = try await self.changes(
                    query,
                    waiting: query.after == nil ? .milliseconds(1) : LeaseClient.watchTimeout,
                    timeout: LeaseClient.watchTimeout
                )
            } catch let error as LeaseClientError where error.isTransient {
                try await Task.sleep(for: backoff.pause(), clock: .continuous)
                continue
            }
            backoff = Backoff()
            query.after = answer.cursor
            if !answer.changes.isEmpty || answer.hasGap { try await body(answer) }
        }
    }
}
