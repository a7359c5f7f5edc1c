/// Which lease is meant.
public struct Lease: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The name, 1 to 512 bytes.
    public var name: String
    /// Leases of different namespaces have nothing to do with each other.
    public var namespace: String
    /// The UUID of the model; `nil` for the one of the configuration.
    public var model: String?

    /// A lease by its name, in the namespace for general use.
    public init(_ name: String, namespace: String = "lease", model: String? = nil) {
        self.name = name
        self.namespace = namespace
        self.model = model
    }

    /// A lease by its name, in the namespace for general use.
    public init(stringLiteral name: String) { self.init(name) }

    /// The name.
    public var description: String { self.name }
}

/// What became of an operation.
public enum LeaseOutcome: String, Sendable, Hashable, Codable, CaseIterable {
    /// It was done.
    case applied
    /// Somebody else holds the lease; the result says who.
    case held
    /// It was refused for load; the result may say when to come back.
    case refused
    /// It was not done and never will be.
    case never
    /// It may or may not have been done; asking again with the same operation id tells.
    case unknown
}

/// The answer to a claim, an extension, a revocation or a pin.
public struct LeaseResult: Sendable, Hashable {
    /// The lease meant.
    public var lease: Lease
    /// What became of it.
    public var outcome: LeaseOutcome
    /// Who holds the lease: with `held`, another.
    public var holder: String?
    /// The fencing token of the holder's tenure: larger for every new holder, kept by extensions.
    public var token: UInt64?
    /// What the holder has left, as the leader saw it when it answered.
    public var expiresIn: Duration?
    /// When to renew after a grant or an extension, counted from its sending, as the controllers wish: later than usual
    /// when they have much to do, and then the grant is longer, too.
    public var nextRenewal: Duration?
    /// Until when the asker may act as the holder, on this machine's clock, whatever the network and the controllers do
    /// meanwhile; only of an applied claim or extension.
    public var safeUntil: ContinuousClock.Instant?
    /// Why not, as one word: `try-again`, `overloaded`, `not-held`, …
    public var reason: String?
    /// What is wrong with this request, when the controller says it makes no sense.
    public var error: String?
    /// When to ask again.
    public var retryAfter: Duration?
    /// The operation's id.
    public var operation: OperationID

    /// A result from its parts.
    public init(_ lease: Lease, _ outcome: LeaseOutcome, operation: OperationID, reason: String? = nil) {
        self.lease = lease
        self.outcome = outcome
        self.operation = operation
        self.reason = reason
    }
}

/// Who holds a lease.
public struct LeaseStatus: Sendable, Hashable {
    /// The lease.
    public var lease: Lease
    /// Who holds it; `nil` when it is free.
    public var holder: String?
    /// The fencing token of the holder's tenure.
    public var token: UInt64?
    /// What the holder has left, as the leader saw it when it answered.
    public var expiresIn: Duration?
    /// A pinned lease does not expire.
    public var isPinned = false
    /// Whether holder and token are those asked for; with neither asked for, whether the lease is held.
    public var matches = false

    /// A free lease.
    public init(_ lease: Lease) { self.lease = lease }
}
