extension Engine {
    /// Carries out what the machine decided; nothing here waits.
    func perform(_ actions: [MachineAction]) {
        // The handle that went last: a failure is told of after its instance was let go.
        var gone: WorkerHandle?
        for action in actions {
            switch action {
            case .start(let id): self.start(id)
            case .publish(let id):
                self.slots[id].cell.set(self.slots[id].output, generation: self.machine.nodes[id].generation)
            case .retract(let id): self.slots[id].cell.set(nil, generation: 0)
            case .deliver(let id, let input): self.deliver(id, input)
            case .drain(let id): self.slots[id].handle?.ask(to: .draining)
            case .stop(let id):
                self.slots[id].handle?.ask(to: .stopping)
                if !self.slots[id].live.isEmpty { self.finishLive(id) }
            case .cancelStart(let id): self.slots[id].handle?.cancelStart()
            case .cancel(let id): self.slots[id].handle?.cancel()
            case .abandon(let id), .ended(let id):
                gone = self.slots[id].handle
                self.slots[id].handle = nil
                self.slots[id].output = nil
                if !self.slots[id].live.isEmpty { self.endLive(id) }
            case .forget(let id): self.slots[id].starter = nil
            case .report(let report): self.tell(of: report, gone)
            case .finished: self.finish()
            }
        }
    }

    private func tell(of report: MachineReport, _ gone: WorkerHandle?) {
        let mayHaveLines = report.mayBeFailure && self.workerLog.recordedLines > 0
        // Nearly always nobody listens to starts and stops: then no text is made of them.
        guard mayHaveLines || self.metrics != nil || self.events.hasListener(at: report.logLevel) else { return }
        let event = self.machine.event(of: report)
        self.events.send(event, recorded: mayHaveLines && event.isFailure ? self.takeLines(of: event, gone) : [])
        self.metrics?.take(event)
    }

    private func start(_ id: ManifoldID) {
        guard let starter = self.slots[id].starter else { return }
        let inputs = self.machine.nodes[id].inputs
        let received = self.machine.nodes[id].received
        var sources: [InputValues.Source] = []
        sources.reserveCapacity(inputs.count)
        for index in inputs.indices where inputs[index].group == nil {
            let cell = self.slots[inputs[index].provider].cell
            sources.append(
                InputValues.Source(
                    // What stands in the cell, too: the provider is ready.
                    value: received[index] == 0 ? nil : self.slots[inputs[index].provider].output,
                    generation: received[index],
                    cell: cell
                )
            )
        }
        var values = InputValues(sources: sources, engine: self)
        if !self.machine.nodes[id].delivered.isEmpty { values.live = self.makeLive(id) }
        if inputs.last?.group != nil { values.members = self.members(for: id) }
        let handle = WorkerHandle(
            id: id,
            starter: starter,
            log: WorkerLog(
                manifold: self.slots[id].cell.name,
                generation: self.machine.nodes[id].generation,
                attempt: self.machine.nodes[id].failures + 1,
                engine: self.workerLog
            ),
            engine: self
        )
        self.slots[id].handle = handle
        handle.launch(values)
    }

    /// What the flight recorder holds of the worker whose failure this is.
    private func takeLines(of event: EngineEvent, _ gone: WorkerHandle?) -> [FlightLine] {
        let running = self.machine.ids[event.manifold].flatMap { self.slots[$0].handle }
        for case let handle? in [gone, running]
        where handle.log.manifold == event.manifold && handle.generation == event.generation {
            return handle.log.takeLines()
        }
        return []
    }
}

extension MachineReport {
    fileprivate var mayBeFailure: Bool { self.kind == .failed || self.kind == .parked }
}

extension EngineEvent {
    /// Whether a worker or a start failed, also when that is never tried again; a park on request has no error.
    fileprivate var isFailure: Bool { self.kind == .failed || self.kind == .parked && self.error != nil }
}
