extension Arrival {
    /// What the queue is to know of `operation`, of the given class and size.
    package init(
        _ operation: LeaseOperation,
        class: OperationClass,
        bytes: Int,
        leaseEnds: Duration?,
        deadline: Duration
    ) {
        let key = operation.command.key
        let lease = key.stableHash
        self.init(
            class: `class`,
            id: operation.id.high ^ operation.id.low,
            validUntil: operation.notAfter.milliseconds,
            bytes: bytes,
            level: UInt8(truncatingIfNeeded: lease >> 57),
            leaseEnds: leaseEnds,
            deadline: deadline
        )
        switch operation.command {
        case .extend(_, let holder, _) where operation.covers.isEmpty:
            var hash = StableHash()
            hash.combine(lease)
            hash.combine(holder)
            self.lease = max(hash.value, 1)
        case .claim:
            var hash = StableHash()
            hash.combine(key.model)
            self.model = hash.value
        default:
            break
        }
    }
}
