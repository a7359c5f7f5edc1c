extension Engine {
    /// Carries out what the machine decided; nothing here waits.
    func perform(_ actions: [MachineAction]) {
        for action in actions {
            switch action {
            case .start(let id): self.start(id)
            case .publish(let id):
                self.slots[id].cell.set(self.slots[id].output, generation: self.machine.nodes[id].generation)
            case .retract(let id): self.slots[id].cell.set(nil, generation: 0)
            case .deliver(let id, let input): self.deliver(id, input)
            case .drain(let id): self.slots[id].handle?.stop.advance(to: .draining)
            case .stop(let id):
                self.slots[id].handle?.stop.advance(to: .stopping)
                for live in self.slots[id].live { live.cell.finish() }
            case .cancelStart(let id): self.slots[id].handle?.cancelStart()
            case .cancel(let id): self.slots[id].handle?.cancel()
            case .abandon(let id), .ended(let id):
                self.slots[id].handle = nil
                self.slots[id].output = nil
                if !self.slots[id].live.isEmpty { self.endLive(id) }
            case .forget(let id): self.slots[id].manifold = nil
            case .report(let event):
                self.events.send(event)
                self.metrics?.take(event)
            case .finished: self.finish()
            }
        }
    }

    private func start(_ id: ManifoldID) {
        guard let manifold = self.slots[id].manifold else { return }
        let inputs = self.machine.nodes[id].inputs
        let received = self.machine.nodes[id].received
        var sources: [InputValues.Source] = []
        sources.reserveCapacity(inputs.count)
        for index in inputs.indices where inputs[index].group == nil {
            let cell = self.slots[inputs[index].provider].cell
            sources.append(
                InputValues.Source(
                    name: cell.name,
                    value: received[index] == 0 ? nil : cell.current,
                    generation: received[index],
                    cell: cell
                )
            )
        }
        var values = InputValues(sources: sources, clock: self.clock, engine: self)
        if !self.machine.nodes[id].delivered.isEmpty { values.live = self.makeLive(id) }
        if inputs.last?.group != nil { values.members = self.members(for: id) }
        let handle = WorkerHandle(
            id: id,
            generation: self.machine.nodes[id].generation,
            manifold: manifold,
            engine: self
        )
        self.slots[id].handle = handle
        handle.launch(
            manifold,
            values: values,
            attempt: self.machine.nodes[id].failures + 1,
            logger: self.logger
        )
    }
}
