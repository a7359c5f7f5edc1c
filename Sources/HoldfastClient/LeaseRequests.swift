/// A lease to be claimed, or extended by its holder.
public struct ClaimRequest: Sendable, Hashable {
    /// Which lease.
    public var lease: Lease
    /// For whom.
    public var holder: String
    /// For how long, from 2 s to a day.
    public var duration: Duration
    /// Names the operation over all its retries.
    public var operation: OperationID

    /// A request from its parts; the operation is a new one unless given.
    public init(_ lease: Lease, holder: String, for duration: Duration, operation: OperationID = .init()) {
        self.lease = lease
        self.holder = holder
        self.duration = duration
        self.operation = operation
    }
}

/// A lease to be taken from its holder.
public struct RevokeRequest: Sendable, Hashable {
    /// Which lease.
    public var lease: Lease
    /// Who gives it up; `nil` for an operator who takes it from whomever.
    public var holder: String?
    /// Frees the lease at once although an operator asks, before the holder's promised time is over: the old holder may
    /// still believe in it.
    public var force: Bool
    /// Names the operation over all its retries.
    public var operation: OperationID

    /// A request from its parts; the operation is a new one unless given.
    public init(_ lease: Lease, holder: String? = nil, force: Bool = false, operation: OperationID = .init()) {
        self.lease = lease
        self.holder = holder
        self.force = force
        self.operation = operation
    }
}

/// A lease that must not expire, or may again.
public struct PinRequest: Sendable, Hashable {
    /// Which lease.
    public var lease: Lease
    /// Who pins: a lease stays pinned until all that pinned it unpin it. `nil` for the account.
    public var entity: String?
    /// When unpinning: takes every pin away, whoever made it.
    public var force: Bool
    /// Names the operation over all its retries.
    public var operation: OperationID

    /// A request from its parts; the operation is a new one unless given.
    public init(_ lease: Lease, entity: String? = nil, force: Bool = false, operation: OperationID = .init()) {
        self.lease = lease
        self.entity = entity
        self.force = force
        self.operation = operation
    }
}

/// A question about a lease.
public struct CheckRequest: Sendable, Hashable {
    /// Which lease.
    public var lease: Lease
    /// Who should hold it, if that is the question.
    public var holder: String?
    /// The fencing token that should be the present one, if that is the question.
    public var token: UInt64?

    /// A question from its parts.
    public init(_ lease: Lease, holder: String? = nil, token: UInt64? = nil) {
        self.lease = lease
        self.holder = holder
        self.token = token
    }
}

/// Which held leases to list.
public struct ListQuery: Sendable, Hashable {
    /// Only this namespace; `nil` for all.
    public var namespace: String?
    /// Only this model; `nil` for the one of the configuration.
    public var model: String?
    /// Only names that begin so.
    public var prefix: String
    /// At most so many, from 1 to 10,000.
    public var limit: Int
    /// Only leases after this one, the last of the page before.
    public var after: Lease?

    /// A query from its parts.
    public init(
        namespace: String? = nil,
        model: String? = nil,
        prefix: String = "",
        limit: Int = 1_000,
        after: Lease? = nil
    ) {
        self.namespace = namespace
        self.model = model
        self.prefix = prefix
        self.limit = limit
        self.after = after
    }
}
