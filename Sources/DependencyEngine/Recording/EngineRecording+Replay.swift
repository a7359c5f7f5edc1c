extension EngineRecording {
    /// Tells everything again to the rules of an engine, without clock, tasks or workers, and returns all its actions,
    /// one line each, in order; throws at the first that is not the one recorded.
    ///
    /// Each step takes as long as it took the engine to decide, so an hour may pass in a millisecond. The same library
    /// always gives the same actions; of another version, the first difference is a changed rule.
    @discardableResult
    public func replay() throws(ReplayError) -> [String] {
        guard self.format == Self.currentFormat else {
            throw .otherFormat(self.format, supported: Self.currentFormat)
        }
        var machine = EngineMachine(configuration: try self.replayedConfiguration())
        var lines: [String] = []
        for (index, event) in self.events.enumerated() {
            let actions = try Self.tell(event, index, to: &machine).map { $0.line(in: machine) }
            try Self.compare(actions, event, index)
            lines += actions
        }
        return lines
    }

    private func replayedConfiguration() throws(ReplayError) -> EngineConfiguration {
        guard let seed = UInt64(self.configuration.seed) else {
            throw .damaged(index: 0, problem: "its seed is not a number")
        }
        return EngineConfiguration(
            settleWindow: self.configuration.settleWindow.duration,
            startDeadline: self.configuration.startDeadline.duration,
            shutdownDeadline: self.configuration.shutdownDeadline.duration,
            seed: seed
        )
    }

    private static func tell(
        _ event: RecordedEvent,
        _ index: Int,
        to machine: inout EngineMachine
    ) throws(ReplayError) -> [MachineAction] {
        let now = event.at.duration
        guard event.kind == .update else { return machine.handle(try self.event(event, index, machine), now: now) }
        do {
            try machine.update(
                removing: event.removed ?? [],
                installing: (event.installed ?? []).map(\.replayed),
                now: now
            )
        } catch {
            throw .damaged(index: index, problem: "\(error)")
        }
        return machine.takeActions()
    }

    private static func event(
        _ event: RecordedEvent,
        _ index: Int,
        _ machine: EngineMachine
    ) throws(ReplayError) -> MachineEvent {
        switch event.kind {
        case .run: return .run
        case .drain: return .drain
        case .timers: return .timers
        case .shutdown: return .shutdown(.graceful)
        case .cancel: return .shutdown(.cancelled)
        case .startReturned, .signalledReady, .finishedDraining, .ended, .asksForBounce, .waits, .bounce, .park,
            .resume,
            .uninstall, .fail, .update:
            break
        }
        guard let name = event.manifold, let id = machine.ids[name] else {
            throw .damaged(index: index, problem: "no manifold is called \"\(event.manifold ?? "")\"")
        }
        let failure = event.failure?.replayed
        switch (event.kind, event.generation) {
        case (.startReturned, let generation?): return .startReturned(id, generation: generation)
        case (.signalledReady, let generation?): return .signalledReady(id, generation: generation)
        case (.finishedDraining, let generation?): return .finishedDraining(id, generation: generation)
        case (.ended, let generation?): return .ended(id, generation: generation, failure)
        case (.asksForBounce, let generation?):
            return .asksForBounce(id, generation: generation, event.text ?? "")
        case (.waits, let generation?): return .waits(id, generation: generation, for: event.text ?? "")
        case (.bounce, _): return .bounce(id)
        case (.park, _): return .park(id)
        case (.resume, _): return .resume(id)
        case (.uninstall, _): return .uninstall(id)
        case (.fail, _):
            guard let failure else { throw .damaged(index: index, problem: "it has no failure") }
            return .fail(id, failure)
        default: throw .damaged(index: index, problem: "it has no generation")
        }
    }

    private static func compare(_ actions: [String], _ event: RecordedEvent, _ index: Int) throws(ReplayError) {
        guard actions != event.actions else { return }
        let common = zip(actions, event.actions).prefix { $0 == $1 }.count
        throw .differs(
            index: index,
            event: event.kind.rawValue + (event.manifold.map { " \($0)" } ?? ""),
            expected: common < event.actions.count ? event.actions[common] : nil,
            got: common < actions.count ? actions[common] : nil
        )
    }
}
