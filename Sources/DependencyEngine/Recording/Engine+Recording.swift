import Logging

extension Engine {
    /// What the engine was told so far and how it answered; nil unless `EngineConfiguration.recordsEvents` is set.
    ///
    /// It begins with the engine and is a value: what happens later is in a later recording. `isComplete` is false when
    /// there was more than room for it; then its beginning is what it holds.
    public func recording() -> EngineRecording? {
        self.recorder.map { EngineRecording($0, configuration: self.machine.configuration) }
    }

    /// Keeps an event that was just handled; called only when the engine records.
    func record(_ event: MachineEvent, at now: Duration, _ actions: [MachineAction]) {
        self.record(RecordedEvent(event, at: now, actions: actions, machine: self.machine))
    }

    /// Keeps a change of the graph that was just made; called only when the engine records.
    func record(
        removing removed: [String],
        installing declarations: [MachineDeclaration],
        at now: Duration,
        _ actions: [MachineAction]
    ) {
        self.record(
            RecordedEvent(removing: removed, installing: declarations, at: now, actions: actions, machine: self.machine)
        )
    }

    private func record(_ event: @autoclosure () -> RecordedEvent) {
        guard self.recorder?.append(event()) == true else { return }
        self.logger.warning(
            "the engine's recording is full; what follows is not recorded",
            metadata: ["events": "\(self.recorder?.events.count ?? 0)"]
        )
    }
}
