/// Identifies one operation across retries: 128 random bits chosen by whoever first sends it.
package struct OperationID: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// Proves to a third party which grant of a lease is meant: larger than every token granted before it in the cluster.
package struct FencingToken: Hashable, Comparable, Sendable {
    /// Below 2^53, so that every JSON reader keeps it exact.
    package var rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    package static func < (left: FencingToken, right: FencingToken) -> Bool { left.rawValue < right.rawValue }
}

/// What a client may ask of one lease.
///
/// In a box of its own: on its way to the log it is handed on many times, and has four texts to be held on to.
package indirect enum LeaseCommand: Hashable, Sendable {
    /// Become the holder for at least `milliseconds`; by the holder itself it extends and keeps the token.
    case claim(LeaseKey, holder: String, milliseconds: UInt64)
    /// Hold on for at least `milliseconds` from now; never shortens. Refused when `holder` is not the holder.
    case extend(LeaseKey, holder: String, milliseconds: UInt64)
    /// Give the lease up. `nil` as holder is an operator's revoke, which frees the key only once the promised time has
    /// passed, unless `force`.
    case revoke(LeaseKey, holder: String?, force: Bool)
    /// Keep the lease from expiring for as long as `entity`'s pin stands.
    case pin(LeaseKey, entity: String)
    /// Take `entity`'s pin away; `nil` is an operator taking all of them.
    case unpin(LeaseKey, entity: String?)
    /// Ask what became of an operation on this key, sent with this `notAfter`. If nothing did yet, nothing ever will:
    /// its id is taken out of use, and a copy that arrives later is not applied.
    ///
    /// Exact when every try of the operation carried the same `notAfter`; else give the latest.
    case resolve(LeaseKey, OperationID, notAfter: GlobalTime)

    package var key: LeaseKey {
        switch self {
        case .claim(let key, _, _), .extend(let key, _, _), .revoke(let key, _, _), .pin(let key, _),
            .unpin(let key, _), .resolve(let key, _, _):
            key
        }
    }
}

/// One lease command on its way to the log.
package struct LeaseOperation: Hashable, Sendable {
    package var id: OperationID
    /// The operation is answered *never* when it meets a later global time. Its result is remembered until then and for
    /// `LeaseLimits.resolveWindowMilliseconds` more.
    package var notAfter: GlobalTime
    package var command: LeaseCommand
    /// Other extensions of the same lease by the same holder that this extension stands for, at most
    /// `LeaseLimits.coveredOperations`: each is remembered with this one's result, as if it had been applied itself.
    /// They have its `notAfter` or an earlier one. Empty for every other command.
    package var covers: [OperationID]

    package init(id: OperationID, notAfter: GlobalTime, command: LeaseCommand, covers: [OperationID] = []) {
        self.id = id
        self.notAfter = notAfter
        self.command = command
        self.covers = covers
    }
}
