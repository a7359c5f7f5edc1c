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

    /// The id a client chose, so that it may ask again without applying twice, or a new one.
    func operationID() throws(RPCFailure) -> OperationID {
        guard let text = try self.fields.text("operation-id", bytes: 1...64) else { return .random() }
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

extension OperationID {
    static func random() -> OperationID {
        OperationID(high: UInt64.random(in: .min ... .max), low: UInt64.random(in: .min ... .max))
    }

    /// Exactly 32 digits, so that one id has one spelling apart from case.
    init?(hexadecimal text: String) {
        let digits = text.utf8
        guard digits.count == 32 else { return nil }
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        for (position, byte) in digits.enumerated() {
            let digit: UInt64
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt64(byte - UInt8(ascii: "a")) + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = UInt64(byte - UInt8(ascii: "A")) + 10
            default: return nil
            }
            if position < 16 { halves.high = halves.high << 4 | digit } else { halves.low = halves.low << 4 | digit }
        }
        self.init(high: halves.high, low: halves.low)
    }

    /// 32 lower-case digits.
    var hexadecimal: String {
        var text: [UInt8] = []
        text.reserveCapacity(32)
        let digits = Array("0123456789abcdef".utf8)
        for half in [self.high, self.low] {
            for shift in stride(from: 60, through: 0, by: -4) { text.append(digits[Int((half >> UInt64(shift)) & 15)]) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
