import Leases
import RPC

/// The limits of the `Lease` facade's parameters; those of leases themselves are `LeaseLimits`.
enum LeaseCallLimits {
    static let itemsPerCall = 1_000
    /// Of a lease's name, namespace, model, holder and pinning entity alike.
    static let nameBytes = 1...LeaseLimits.nameBytes
    static let durationMilliseconds =
        Int64(LeaseLimits.durationMilliseconds.lowerBound)...Int64(LeaseLimits.durationMilliseconds.upperBound)
    static let timeoutMilliseconds: ClosedRange<Int64> = 1...60_000
    static let waitMilliseconds: ClosedRange<Int64> = 1...3_600_000
    static let defaultTimeoutMilliseconds: Int64 = 5_000
    static let defaultWatchMilliseconds: Int64 = 30_000
    static let listItems: ClosedRange<Int64> = 1...10_000
    static let defaultListItems: Int64 = 1_000
    /// Every JSON reader keeps whole numbers below 2^53 exact.
    static let largestToken: Int64 = (1 << 53) - 1
    static let defaultNamespace = "lease"
}

/// What all bulk calls of the `Lease` facade have in common: a list of items and a time for all of them.
struct BulkParameters: Sendable {
    var items: [JSONValue]
    var timeout: Duration

    init(
        _ parameters: JSONValue,
        timeouts: ClosedRange<Int64> = LeaseCallLimits.timeoutMilliseconds
    ) throws(RPCFailure) {
        let fields = try Fields(parameters, knowing: ["leases", "timeout-ms"])
        self.timeout = .milliseconds(
            try fields.whole("timeout-ms", in: timeouts, unit: "milliseconds")
                ?? LeaseCallLimits.defaultTimeoutMilliseconds
        )
        self.items = try fields.list("leases", atMost: LeaseCallLimits.itemsPerCall)
    }
}

/// One item of a bulk call: which lease, and access to the rest of its fields.
struct LeaseItem: Sendable {
    let key: LeaseKey
    let fields: Fields

    /// The fields every item may have.
    private static let common: Set<String> = ["lease", "namespace", "model"]

    /// Reads `value`; an item may name only the cluster's `model`, which is also the default.
    init(_ value: JSONValue, knowing known: Set<String> = [], model: String) throws(RPCFailure) {
        let fields = try Fields(value, knowing: Self.common.union(known), of: "an item of \"leases\"")
        self.key = try fields.leaseKey(model: model)
        self.fields = fields
    }

    /// The duration, which claims and extensions must have.
    func duration() throws(RPCFailure) -> UInt64 {
        let range = LeaseCallLimits.durationMilliseconds
        guard let value = try self.fields.whole("duration-ms", in: range, unit: "milliseconds") else {
            throw .notValid("\"duration-ms\" is required")
        }
        return UInt64(value)
    }

    func holder() throws(RPCFailure) -> String {
        try self.fields.requiredText("holder", bytes: LeaseCallLimits.nameBytes)
    }

    /// Until when the operation may be applied, when the client has chosen that with the id.
    ///
    /// Only with an id: what is chosen anew here needs no other's limit. Without a local `now` every replica checks it.
    func notAfter(now: GlobalTime?) throws(RPCFailure) -> GlobalTime? {
        let range: ClosedRange<Int64> = 0...LeaseCallLimits.largestToken
        guard let value = try self.fields.whole("not-after-ms", in: range, unit: "milliseconds") else { return nil }
        guard self.fields.raw("operation-id") != nil else {
            throw .notValid("\"not-after-ms\" is for operations with an \"operation-id\"")
        }
        let notAfter = GlobalTime(milliseconds: UInt64(value))
        let horizon = LeaseLimits.notAfterHorizonMilliseconds
        if let now, notAfter > now.advanced(byMilliseconds: horizon) {
            throw .notValid(
                "\"not-after-ms\" must be at most \(horizon) milliseconds after the global time \(now.milliseconds)"
            )
        }
        return notAfter
    }

    /// The operation a question is about.
    func askedOperation() throws(RPCFailure) -> OperationID {
        guard self.fields.raw("operation-id") != nil else { throw .notValid("\"operation-id\" is required") }
        var drawn = DrawnOperationIDs()
        return try self.operationID(&drawn)
    }

    /// Until when the operation a question is about could be applied.
    func askedNotAfter() throws(RPCFailure) -> GlobalTime {
        let range: ClosedRange<Int64> = 0...LeaseCallLimits.largestToken
        guard let value = try self.fields.whole("not-after-ms", in: range, unit: "milliseconds") else {
            throw .notValid("\"not-after-ms\" is required")
        }
        return GlobalTime(milliseconds: UInt64(value))
    }

    /// The id a client chose, so that it may ask again without applying twice, or a new one.
    func operationID(_ drawn: inout DrawnOperationIDs) throws(RPCFailure) -> OperationID {
        guard let text = try self.fields.text("operation-id", bytes: 1...64) else { return drawn.draw() }
        guard let id = OperationID(hexadecimal: text) else {
            throw .notValid("\"operation-id\" must be 32 hexadecimal digits")
        }
        return id
    }
}

extension Fields {
    /// The lease that `lease`, `namespace` and `model` name together.
    func leaseKey(model: String) throws(RPCFailure) -> LeaseKey {
        let name = try self.requiredText("lease", bytes: LeaseCallLimits.nameBytes)
        let namespace =
            try self.text("namespace", bytes: LeaseCallLimits.nameBytes) ?? LeaseCallLimits.defaultNamespace
        let named = try self.text("model", bytes: LeaseCallLimits.nameBytes)
        if let named, named != model { throw .unknownModel(named) }
        return LeaseKey(namespace: namespace, model: model, name: name)
    }
}
