import Leases

/// Faults put into the machine on purpose; the same on every replica, so that only the guarantees can tell.
extension LeaseMachine {
    typealias Applied = (results: [OperationResult], events: [LeaseEvent])

    mutating func applySabotaged(_ batch: LeaseBatch) -> Applied {
        switch self.sabotage {
        case .forgetResults: self.applyForgetting(batch)
        case .grantHeld: self.applyGrantingAll(batch)
        case .expirePinned: self.applyIgnoringPins(batch)
        case .resolveOther: self.state.applyByRules(Self.resolvingOthers(batch))
        case .forgetCovers: self.state.applyByRules(Self.withoutCovers(batch))
        case .ignoreStretch: self.state.applyByRules(Self.withoutStretch(batch))
        case .forgetVote, .reportEarly, .hastyClock, .carelessHolder, .hurriedNever, .laggingClock, nil:
            self.state.applyByRules(batch)
        }
    }

    /// Gives each operation another id every time it comes, so that no result is ever remembered.
    private mutating func applyForgetting(_ batch: LeaseBatch) -> Applied {
        var batch = batch
        for index in batch.operations.indices { batch.operations[index].id.high += batch.clock.milliseconds << 16 }
        return self.state.applyByRules(batch)
    }

    private static func resolvingOthers(_ batch: LeaseBatch) -> LeaseBatch {
        var batch = batch
        for index in batch.operations.indices {
            guard case .resolve(let key, var id, let notAfter) = batch.operations[index].command else { continue }
            id.high ^= 1 << 61
            batch.operations[index].command = .resolve(key, id, notAfter: notAfter)
        }
        return batch
    }

    private static func withoutCovers(_ batch: LeaseBatch) -> LeaseBatch {
        var batch = batch
        for index in batch.operations.indices { batch.operations[index].covers = [] }
        return batch
    }

    private static func withoutStretch(_ batch: LeaseBatch) -> LeaseBatch {
        var batch = batch
        batch.stretchPercent = 100
        return batch
    }

    /// Makes room for whoever claims what another holds.
    private mutating func applyGrantingAll(_ batch: LeaseBatch) -> Applied {
        var applied = self.state.applyByRules(LeaseBatch(clock: batch.clock, operations: []))
        for operation in batch.operations {
            let one = LeaseBatch(clock: batch.clock, operations: [operation])
            var trial = self.state
            if case .held? = trial.applyByRules(one).results.first {
                self.secretly(.revoke(operation.command.key, holder: nil, force: true), like: operation)
            }
            let (results, events) = self.state.applyByRules(one)
            applied.results += results
            applied.events += events
        }
        return applied
    }

    /// Takes the pins off whatever is due, and so has it expire.
    private mutating func applyIgnoringPins(_ batch: LeaseBatch) -> Applied {
        for (key, lease) in self.state.list(limit: .max) where lease.isPinned && lease.end < batch.clock {
            guard lease.end >= self.state.globalTime else { continue }
            let id = OperationID(high: .max, low: lease.token.rawValue)
            let unpin = LeaseOperation(id: id, notAfter: self.state.globalTime, command: .unpin(key, entity: nil))
            self.secretly(unpin.command, like: unpin)
        }
        return self.state.applyByRules(batch)
    }

    /// Applies a command nobody asked for and tells nobody.
    private mutating func secretly(_ command: LeaseCommand, like operation: LeaseOperation) {
        var operation = operation
        operation.id.high ^= 1 << 62
        operation.command = command
        _ = self.state.applyByRules(LeaseBatch(clock: self.state.globalTime, operations: [operation]))
    }
}
