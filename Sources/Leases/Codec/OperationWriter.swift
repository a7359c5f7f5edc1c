/// Writes operations that follow one another; see `OperationForm`. Whoever ships them says how many there are, and of which
/// version.
package struct OperationWriter {
    private var previous = OperationForm.Previous()
    private var groups = GroupNumbers()

    package init() {}

    package mutating func write(_ operation: LeaseOperation, to bytes: inout [UInt8]) {
        let command = operation.command
        let duration = command.milliseconds
        let hasCovers = command.kind == .extend && !operation.covers.isEmpty
        var first = command.kind.rawValue
        if operation.id == self.previous.nextID { first |= OperationForm.follows }
        if operation.notAfter == self.previous.instant { first |= OperationForm.sameInstant }
        if duration != nil, duration == self.previous.duration { first |= OperationForm.sameDuration }
        if hasCovers { first |= OperationForm.covers }
        bytes.append(first)
        if first & OperationForm.follows == 0 { bytes.append(operation.id) }
        if first & OperationForm.sameInstant == 0 { bytes.append(varint: operation.notAfter.milliseconds) }
        if let duration, first & OperationForm.sameDuration == 0 { bytes.append(varint: duration) }
        self.previous.note(operation.id)
        self.previous.instant = operation.notAfter
        if let duration { self.previous.duration = duration }
        self.write(command.key, to: &bytes)
        command.writeRest(to: &bytes)
        guard hasCovers else { return }
        bytes.append(UInt8(truncatingIfNeeded: min(operation.covers.count, LeaseLimits.coveredOperations)))
        for id in operation.covers.prefix(LeaseLimits.coveredOperations) { bytes.append(id) }
    }

    private mutating func write(_ whole: LeaseKey, to bytes: inout [UInt8]) {
        // As it will be read, or two that are cut alike would be one group under two numbers.
        let key = LeaseKey(namespace: whole.namespace.writable, model: whole.model.writable, name: whole.name)
        if let number = self.groups.number(of: key) {
            bytes.append(varint: UInt64(number))
        } else {
            bytes.append(varint: UInt64(self.groups.groups.count))
            bytes.append(text: key.namespace)
            bytes.append(text: key.model)
            self.groups.add(key)
        }
        bytes.append(text: key.name)
    }
}

extension LeaseCommand {
    fileprivate var milliseconds: UInt64? {
        switch self {
        case .claim(_, _, let milliseconds), .extend(_, _, let milliseconds): milliseconds
        case .revoke, .pin, .unpin, .resolve: nil
        }
    }

    /// Everything but the key and the duration.
    fileprivate func writeRest(to bytes: inout [UInt8]) {
        switch self {
        case .claim(_, let holder, _), .extend(_, let holder, _):
            bytes.append(text: holder)
        case .revoke(_, let holder, let force):
            bytes.append((force ? OperationForm.isForced : 0) | (holder == nil ? 0 : OperationForm.hasHolder))
            if let holder { bytes.append(text: holder) }
        case .pin(_, let entity):
            bytes.append(text: entity)
        case .unpin(_, let entity):
            bytes.append(flag: entity != nil)
            if let entity { bytes.append(text: entity) }
        case .resolve(_, let id, let notAfter):
            bytes.append(id)
            bytes.append(varint: notAfter.milliseconds)
        }
    }
}
