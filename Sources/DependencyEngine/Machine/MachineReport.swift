import Logging

/// A transition that logs, observers and metrics may hear of; no text is made of it before one of them wants it.
struct MachineReport: Sendable {
    enum Why: Sendable {
        case nothing
        case stop(MachineInstance.StopReason)
        case words(Words)
    }

    /// What only a few transitions have, apart so that all the others are small.
    final class Words: Sendable {
        let reason: String?
        let error: String?
        let retryIn: Duration?

        init(reason: String?, error: String?, retryIn: Duration?) {
            self.reason = reason
            self.error = error
            self.retryIn = retryIn
        }
    }

    let kind: EngineEvent.Kind
    let engineState: EngineState
    /// Negative for the engine itself.
    fileprivate let manifold: Int32
    fileprivate let generation: Int32
    fileprivate let attempt: Int32
    fileprivate let why: Why

    var id: ManifoldID? { self.manifold < 0 ? nil : Int(self.manifold) }

    var logLevel: Logger.Level {
        guard case .words(let words) = self.why else {
            return self.kind.logLevel(hasError: false, isTriedAgain: false)
        }
        return self.kind.logLevel(hasError: words.error != nil, isTriedAgain: words.retryIn != nil)
    }
}

extension EngineMachine {
    /// Adds a transition for logs and observers.
    mutating func report(
        _ kind: EngineEvent.Kind,
        _ id: ManifoldID,
        reason: String? = nil,
        error: String? = nil,
        retryIn: Duration? = nil
    ) {
        let hasWords = reason != nil || error != nil || retryIn != nil
        self.report(
            kind,
            id,
            why: hasWords
                ? .words(MachineReport.Words(reason: reason, error: error, retryIn: retryIn)) : .nothing,
            retries: retryIn != nil
        )
    }

    mutating func report(_ kind: EngineEvent.Kind, _ id: ManifoldID, why: MachineReport.Why, retries: Bool = false) {
        let generation = self.nodes[id].generation
        self.journal.record(kind, id, generation: generation, retries: retries, now: self.now)
        self.actions.append(
            .report(
                MachineReport(
                    kind: kind,
                    engineState: self.state,
                    manifold: Int32(truncatingIfNeeded: id),
                    generation: Int32(truncatingIfNeeded: generation),
                    attempt: Int32(truncatingIfNeeded: self.nodes[id].failures + 1),
                    why: why
                )
            )
        )
    }

    /// Adds a change of the engine's own state.
    mutating func reportState() {
        self.actions.append(
            .report(
                MachineReport(
                    kind: .engine,
                    engineState: self.state,
                    manifold: -1,
                    generation: 0,
                    attempt: 0,
                    why: .nothing
                )
            )
        )
    }

    /// What `report`, one of the actions just taken, says to whoever listens.
    func event(of report: MachineReport) -> EngineEvent {
        var event = EngineEvent(at: self.now, kind: report.kind, manifold: "", engineState: report.engineState)
        guard let id = report.id else { return event }
        event.manifold = self.nodes[id].name
        event.generation = Int(report.generation)
        event.attempt = Int(report.attempt)
        switch report.why {
        case .nothing: break
        case .stop(let reason): event.reason = self.text(of: reason)
        case .words(let words):
            event.reason = words.reason
            event.error = words.error
            event.retryIn = words.retryIn
        }
        return event
    }
}
