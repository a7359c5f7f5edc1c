extension Engine {
    /// Carries out what the machine decided; nothing here waits.
    func perform(_ actions: [MachineAction]) {
        for action in actions {
            switch action {
            case .start(let id): self.start(id)
            case .publish(let id): self.slots[id].cell.set(self.slots[id].output)
            case .retract(let id): self.slots[id].cell.set(nil)
            case .drain(let id): self.slots[id].handle?.stop.advance(to: .draining)
            case .stop(let id): self.slots[id].handle?.stop.advance(to: .stopping)
            case .cancelStart(let id): self.slots[id].handle?.cancelStart()
            case .cancel(let id): self.slots[id].handle?.cancel()
            case .abandon(let id), .ended(let id):
                self.slots[id].handle = nil
                self.slots[id].output = nil
            case .forget(let id): self.slots[id].manifold = nil
            case .report(let event): self.events.send(event)
            case .finished(let outcome): self.finish(outcome)
            }
        }
    }

    private func start(_ id: ManifoldID) {
        guard let manifold = self.slots[id].manifold else { return }
        let inputs = self.machine.nodes[id].inputs
        let received = self.machine.nodes[id].received
        var sources: [InputValues.Source] = []
        sources.reserveCapacity(inputs.count)
        for index in inputs.indices {
            let cell = self.slots[inputs[index].provider].cell
            sources.append(
                InputValues.Source(
                    name: cell.name,
                    value: received[index] == 0 ? nil : cell.current,
                    cell: cell
                )
            )
        }
        let handle = WorkerHandle(
            id: id,
            generation: self.machine.nodes[id].generation,
            readiness: manifold.readiness,
            engine: self
        )
        self.slots[id].handle = handle
        handle.launch(
            manifold,
            values: InputValues(sources: sources, clock: self.clock, engine: self),
            attempt: self.machine.nodes[id].failures + 1,
            logger: self.logger
        )
    }
}
