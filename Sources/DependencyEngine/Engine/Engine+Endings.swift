extension Engine {
    /// The errors that end the engine, `EngineError.fatal` and `budgetSpent`: the one `run` throws first, then the others
    /// in the order they came.
    ///
    /// Empty while nothing ends it, and when a shutdown was asked for and nothing failed in it. Complete once `run` has
    /// returned: until the last worker is down more may come, and one of a higher rank goes to the front.
    public var endings: [EngineError] {
        guard let worst = self.machine.worstEnding else { return [] }
        var order = Array(self.machine.endings.indices)
        order.remove(at: worst)
        return ([worst] + order).compactMap { self.error(of: self.machine.endings[$0]) }
    }

    private func error(of ending: MachineEnding) -> EngineError? {
        switch ending.outcome {
        case .completed: nil
        case .fatal(let id, let message):
            .fatal(manifold: self.machine.nodes[id].name, ending.cause ?? ErrorText(message: message))
        case .budgetSpent(let id, let code, let message):
            .budgetSpent(manifold: self.machine.nodes[id].name, code: code, lastError: message)
        }
    }
}

/// Stands for an error that is known only by its text.
private struct ErrorText: Error, CustomStringConvertible {
    let message: String
    var description: String { self.message }
}
