extension MachineAction {
    /// The action as a short line, such as `start a 3` for the third instance of `a`; `machine` is as it was after it.
    ///
    /// Part of the format of recordings: a change here needs a new `EngineRecording.currentFormat`.
    func line(in machine: EngineMachine) -> String {
        func name(_ id: ManifoldID) -> String { machine.nodes[id].name }
        return switch self {
        case .start(let id): "start \(name(id)) \(machine.nodes[id].generation)"
        case .publish(let id): "publish \(name(id))"
        case .retract(let id): "retract \(name(id))"
        case .deliver(let id, let input): "deliver input \(input) to \(name(id))"
        case .drain(let id): "drain \(name(id))"
        case .stop(let id): "stop \(name(id))"
        case .cancelStart(let id): "cancel-start \(name(id))"
        case .cancel(let id): "cancel \(name(id))"
        case .abandon(let id): "abandon \(name(id))"
        case .ended(let id): "ended \(name(id))"
        case .forget(let id): "forget \(name(id))"
        case .report(let report): machine.event(of: report).line
        case .finished(.completed): "finished"
        case .finished(.fatal(let id, _)): "finished fatal \(name(id))"
        case .finished(.budgetSpent(let id, let code, _)): "finished budget-spent \(name(id)) \(code)"
        }
    }
}

extension EngineEvent {
    /// What it says without the text of errors, which may be long and are the worker's own.
    fileprivate var line: String {
        guard self.kind != .engine else { return "say engine \(self.engineState.rawValue)" }
        var line = "say \(self.kind.rawValue) \(self.manifold) \(self.generation)/\(self.attempt)"
        if let retryIn = self.retryIn {
            let (seconds, attoseconds) = retryIn.components
            line += " again in \(seconds) s \(attoseconds / 1_000_000_000) ns"
        }
        if let reason = self.reason { line += ": \(reason.prefix(200))" }
        return line
    }
}
