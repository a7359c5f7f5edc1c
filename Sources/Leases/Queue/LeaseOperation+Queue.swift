/// What the queue before the log is to know of operations.
extension LeaseOperation {
    /// What it is worth when not all can be served.
    package var operationClass: OperationClass {
        switch self.command {
        case .revoke, .pin, .unpin: .critical
        case .claim(let key, _, _): key.isSingular ? .critical : .claim
        // Who asks what became of an operation is told like one who extends: it spares what would be sent again.
        case .extend(let key, _, _), .resolve(let key, _, _): key.isSingular ? .critical : .extend
        }
    }

    /// Roughly what it takes in memory, for bounds in bytes; in the log it takes no more, and mostly a third.
    package var approximateBytes: Int {
        let covers = 16 * self.covers.count
        switch self.command {
        case .claim(let key, let holder, _), .extend(let key, let holder, _):
            return 64 + covers + key.textBytes + holder.utf8.count
        case .revoke(let key, let holder, _): return 64 + covers + key.textBytes + (holder?.utf8.count ?? 0)
        case .pin(let key, let entity): return 64 + covers + key.textBytes + entity.utf8.count
        case .unpin(let key, let entity): return 64 + covers + key.textBytes + (entity?.utf8.count ?? 0)
        case .resolve(let key, _, _): return 96 + covers + key.textBytes
        }
    }

    /// Whether both extend the same lease for the same holder, so that one of them will do.
    package func extendsSame(as other: LeaseOperation) -> Bool {
        guard case .extend(let key, let holder, _) = self.command,
            case .extend(let otherKey, let otherHolder, _) = other.command
        else { return false }
        return key == otherKey && holder == otherHolder
    }

    /// This extension standing for older ones of the same lease by the same holder: for as long as any of them asked for,
    /// and remembered as each of them.
    package func standing(for others: some Sequence<LeaseOperation>) -> LeaseOperation {
        guard case .extend(let key, let holder, var milliseconds) = self.command else { return self }
        var operation = self
        for other in others {
            if case .extend(_, _, let asked) = other.command { milliseconds = max(milliseconds, asked) }
            if other.id != operation.id, !operation.covers.contains(other.id) { operation.covers.append(other.id) }
        }
        operation.command = .extend(key, holder: holder, milliseconds: milliseconds)
        return operation
    }
}

extension LeaseKey {
    fileprivate var textBytes: Int { self.namespace.utf8.count + self.model.utf8.count + self.name.utf8.count }
}
